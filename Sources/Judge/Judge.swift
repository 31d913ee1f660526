package import Contracts
internal import Foundation
internal import Ledger
package import Postgres
internal import Synchronization

/// The judge: one leader that turns committed aggregates into statuses.
///
///     stand by ──▶ hold the lease: load, then over and over: snapshot ─▶ judge ─▶ write ─▶ wait
///        ▲                         │
///        └── HW001: another term ──┘      a lost connection: connect again, stand by, load again
///
/// It owns one connection and one thread. Between two terms nothing is kept: the ledger is the
/// truth, and a commit whose outcome is unknown is settled by reading it again.
package final class Judge: Service {
    let settings: JudgeSettings
    private let desk: Mutex<Desk>
    let observer: any JudgeObserver
    private let database: PostgresSettings
    private let wake: PostgresWake
    private let stopping = Atomic<Bool>(false)
    private let pause = NSCondition()

    /// What is to be judged, and how often that was replaced.
    struct Desk {
        var catalogue: Catalogue
        var replaced = 0
    }

    /// Throws where the process may open no more files.
    package init(
        settings: JudgeSettings, catalogue: Catalogue, database: PostgresSettings,
        observer: any JudgeObserver = UnobservedJudge()
    ) throws(PostgresFailure) {
        precondition(settings.isConsistent, "limits of the judge contradict each other")
        self.settings = settings
        self.desk = Mutex(Desk(catalogue: catalogue))
        self.database = database
        self.observer = observer
        self.wake = try PostgresWake()
    }

    /// The plans that are to be judged from now on, in place of those before; their streams must be
    /// known. Takes effect between two transactions; statuses and timers of targets that stay are
    /// kept. From any thread; returns at once.
    package func takeUp(_ plans: [PlanContract]) {
        desk.withLock {
            $0.catalogue.plans = plans
            $0.replaced += 1
        }
        wake.wake()
    }

    var currentDesk: Desk { desk.withLock { $0 } }

    /// Other plans are to be judged than those on the bench.
    func isReplaced(_ bench: Bench) -> Bool { desk.withLock { $0.replaced != bench.replaced } }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// From any thread; returns at once.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        wake.wake()
        pause.lock()
        pause.broadcast()
        pause.unlock()
    }

    /// Judges until stopped. Throws what no new connection mends: a schema or a value that does not
    /// fit.
    package func run() throws {
        var backoff = settings.backoffMin
        while !isStopping {
            do throws(PostgresFailure) {
                try serve { backoff = settings.backoffMin }
            } catch {
                switch error.kind {
                case .fenced: continue
                case .schema, .data: throw error
                case .connection, .retry, .resources, .other: break
                }
                observer.judgeDisconnected(error, retryIn: backoff)
                rest(backoff)
                backoff = min(backoff * 2, settings.backoffMax)
            }
        }
    }

    /// Waits without a connection; `stop` ends it.
    private func rest(_ duration: Duration) {
        let until = Date(timeIntervalSinceNow: Double(duration.microseconds) / 1_000_000)
        pause.lock()
        while !isStopping, pause.wait(until: until) {}
        pause.unlock()
    }

    /// One connection: stands by, then judges for as long as the lease is held.
    private func serve(_ ledAgain: () -> Void) throws(PostgresFailure) {
        var connection = try PostgresConnection(database)
        try connection.listen("headway_commit")
        try connection.listen("headway_lease")
        guard let term = try standBy(&connection) else { return }
        ledAgain()
        observer.judgeTookLease(term: term)
        do throws(PostgresFailure) {
            try preside(&connection, term: term)
        } catch {
            if error.kind == .fenced { observer.judgeLostLease(term: term) }
            throw error
        }
        let release = LeaseStatements.release("judge", term: term)
        _ = try connection.query(release.sql, release.parameters)
    }

    /// Nil when stopped first.
    private func standBy(_ connection: inout PostgresConnection) throws(PostgresFailure) -> Int64? {
        let take = LeaseStatements.take("judge", owner: settings.owner, ttl: settings.loadTTL)
        var isTold = false
        while !isStopping {
            let rows = try connection.query(take.sql, take.parameters)
            if let term = rows.first?.optionalInt8(0) { return term }
            if !isTold { observer.judgeStandsBy() }
            isTold = true
            _ = try connection.waitForNotifications(timeout: settings.standbyInterval, or: wake)
        }
        return nil
    }

    // MARK: Holding the lease

    private func preside(
        _ connection: inout PostgresConnection, term: Int64
    ) throws(PostgresFailure) {
        var bench = try load(&connection)
        var heldAt = ContinuousClock.now
        var refreshedAt: ContinuousClock.Instant?
        while !isStopping {
            let began = ContinuousClock.now
            if isReplaced(bench) {
                bench = try exchange(&connection, bench, term: term)
                heldAt = .now
            }
            try observe(&connection, &bench)
            let now = settings.now()
            for index in bench.machines.indices { bench.machines[index].schedule(at: now) }
            if try judge(&connection, &bench, term: term) { heldAt = .now }
            guard !isStopping else { break }
            if refreshedAt.map({ $0 + settings.rollingInterval <= .now }) ?? true {
                if try refresh(&connection, &bench, term: term) { heldAt = .now }
                refreshedAt = .now
            }
            observer.judgeCameToRest(bench.judgedTo)
            if heldAt + settings.leaseRenewal <= .now {
                let hold = LeaseStatements.hold("judge", term: term, ttl: settings.leaseTTL)
                _ = try connection.query(hold.sql, hold.parameters)
                heldAt = .now
            }
            try wait(&connection, bench, since: began)
        }
        try close(&connection, &bench, term: term)
    }

    /// Other plans: what stands on the bench is written and judged by them as far as it can be, and
    /// then everything is as after a restart: there is one way to begin.
    private func exchange(
        _ connection: inout PostgresConnection, _ old: Bench, term: Int64
    ) throws(PostgresFailure) -> Bench {
        var bench = old
        try close(&connection, &bench, term: term)
        let hold = LeaseStatements.hold("judge", term: term, ttl: settings.loadTTL)
        _ = try connection.query(hold.sql, hold.parameters)
        let catalogue = currentDesk.catalogue
        for index in bench.machines.indices where bench.unwritten.isEmpty {
            let before = bench.machines[index].plan
            guard let plan = catalogue.plan(before.id), plan.revision >= before.revision else {
                continue
            }
            let edit = PlanDifference(from: before, to: plan)
            guard !edit.isEmpty else { continue }
            bench.machines[index].scheduleEdit(plan)
            while let judgement = bench.machines[index].judge(), !judgement.isEmpty {
                if bench.edits[plan.id] == nil {
                    bench.unwritten = [plan]
                    bench.edits[plan.id] = edit
                }
                try write(judgement, &connection, &bench, term: term)
            }
        }
        // Figures by the new contracts, of targets that it moved nowhere.
        _ = try refresh(&connection, &bench, term: term)
        return try load(&connection)
    }

    /// Stopped: what was judged last is written, so that the next holder begins there.
    private func close(
        _ connection: inout PostgresConnection, _ bench: inout Bench, term: Int64
    ) throws(PostgresFailure) {
        for index in bench.machines.indices where bench.unwritten.isEmpty {
            bench.machines[index].scheduleClosing()
            while let judgement = bench.machines[index].judge() {
                if !judgement.isEmpty { try write(judgement, &connection, &bench, term: term) }
            }
        }
        _ = try refresh(&connection, &bench, term: term)
    }

    /// Evaluates and writes all that is lined up. True where something was written, which held the
    /// lease.
    private func judge(
        _ connection: inout PostgresConnection, _ bench: inout Bench, term: Int64
    ) throws(PostgresFailure) -> Bool {
        var hasWritten = false
        for index in bench.machines.indices {
            while !isStopping, !isReplaced(bench), let judgement = bench.machines[index].judge() {
                let isUnwritten = bench.unwritten.contains { $0.id == judgement.plan }
                guard !judgement.isEmpty || isUnwritten else { continue }
                try write(judgement, &connection, &bench, term: term)
                hasWritten = true
            }
        }
        for plan in isStopping ? [] : bench.unwritten {
            let nothing = Judgement(plan: plan.id, revision: plan.revision, sequence: 0, round: 0)
            try write(nothing, &connection, &bench, term: term)
            hasWritten = true
        }
        return hasWritten
    }

    /// One transaction, and one round trip.
    private func write(
        _ judgement: Judgement, _ connection: inout PostgresConnection, _ bench: inout Bench,
        term: Int64
    ) throws(PostgresFailure) {
        let forget = Set(judgement.rounds.map(\.stream)).sorted().compactMap(bench.forgettable)
        var statements = judgement.statements(
            term: term, ttl: settings.leaseTTL, decidedAt: settings.now(), forget: forget)
        if let plan = bench.unwritten.first(where: { $0.id == judgement.plan }) {
            statements.insert(contentsOf: JudgementPlan.write(plan), at: 1)
        }
        _ = try connection.transaction(statements)
        if let written = bench.unwritten.firstIndex(where: { $0.id == judgement.plan }) {
            bench.unwritten.remove(at: written)
            if let edit = bench.edits.removeValue(forKey: judgement.plan) {
                observer.judgeTookUp(edit)
            }
        }
        if !judgement.isEmpty { observer.judged(judgement) }
    }

    /// Until a commit is told, time makes something due, or the lease is to be renewed. While a
    /// stream is catching up, commits come faster than they need to be judged: then a little
    /// longer.
    private func wait(
        _ connection: inout PostgresConnection, _ bench: Bench, since began: ContinuousClock.Instant
    ) throws(PostgresFailure) {
        let due = bench.machines.compactMap(\.dueIn).min() ?? settings.leaseRenewal
        let limit = max(.milliseconds(1), min(due, settings.leaseRenewal))
        _ = try connection.waitForNotifications(timeout: limit, or: wake)
        let isCatchingUp = bench.machines.contains { $0.isCatchingUp }
        let earliest = began + (isCatchingUp ? settings.catchUpInterval : settings.passInterval)
        while !isStopping, case let early = earliest - .now, early > .zero {
            _ = try connection.waitForNotifications(timeout: early, or: wake)
        }
    }
}
