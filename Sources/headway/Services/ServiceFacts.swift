import Contracts
import Foundation
import Ingest
import Judge
import Ledger
import Postgres
import Relay

/// Hears what the services tell: writes it to the log, counts it, and wakes whoever waits for
/// something to happen.
final class ServiceFacts: IngestObserver, JudgeObserver, RelayObserver, @unchecked Sendable {
    struct Counts: Sendable {
        var records: Int64 = 0
        var deadLetters: Int64 = 0
        var changes: Int64 = 0
        var published: Int64 = 0
        /// By plan and stream: how far is judged.
        var judgedTo: [String: [String: Instant]] = [:]
    }

    // Unchecked: `counts` is only touched under `condition`.
    private let condition = NSCondition()
    private var counts = Counts()
    private let log: Log

    init(log: Log) { self.log = log }

    var current: Counts {
        condition.lock()
        defer { condition.unlock() }
        return counts
    }

    /// Waits until something is told, at most so long.
    func wait(seconds: Double) {
        condition.lock()
        _ = condition.wait(until: Date(timeIntervalSinceNow: seconds))
        condition.unlock()
    }

    /// Wakes those who wait.
    func wake() { change { _ in } }

    private func change(_ body: (inout Counts) -> Void) {
        condition.lock()
        body(&counts)
        condition.broadcast()
        condition.unlock()
    }

    // MARK: Ingest

    func lanesClaimed(stream: String, partitions: [Int32], terms: [Int64]) {
        let list = partitions.map(String.init).joined(separator: ",")
        log.info(
            "partitions claimed",
            [.service: "ingest", .stream: stream, .partition: list, .term: terms.max() ?? 0])
    }

    func batchCommitted(stream: String, records: Int64, deadLetters: Int) {
        change {
            $0.records += records
            $0.deadLetters += Int64(deadLetters)
        }
        log.debug(
            "batch committed",
            [.service: "ingest", .stream: stream, .records: records, .deadLetter: deadLetters])
    }

    func lanesRevoked(stream: String, lost: Bool) {
        log.info(
            "partitions revoked",
            [.service: "ingest", .stream: stream, .detail: lost ? "lost" : "in order"])
    }

    func laneHalted(stream: String, partition: Int32, state: String, detail: String) {
        log.error(
            "partition halted",
            [
                .service: "ingest", .stream: stream, .partition: partition, .state: state,
                .detail: detail,
            ])
        change { _ in }
    }

    func restarting(stream: String, reason: String) {
        log.warning("ingest begins anew", [.service: "ingest", .stream: stream, .detail: reason])
    }

    func troubled(stream: String, failure: String) {
        log.warning("client in trouble", [.service: "ingest", .stream: stream, .detail: failure])
    }

    // MARK: Judge

    func judgeStandsBy() { log.info("stands by", [.service: "judge"]) }

    func judgeTookLease(term: Int64) { log.info("lease taken", [.service: "judge", .term: term]) }

    func judgeLostLease(term: Int64) {
        log.warning("lease lost", [.service: "judge", .term: term])
    }

    func judgeTookUp(_ edit: PlanDifference) {
        log.info(
            "plan taken up", [.service: "judge", .plan: edit.plan, .detail: edit.summary])
        change { _ in }
    }

    func judgeKeptPlan(_ plan: String, revision: Int, instead declared: Int) {
        log.warning(
            "plan not taken up",
            [
                .service: "judge", .plan: plan,
                .detail: "revision \(revision) is in force and the file says \(declared); write "
                    + "a revision above \(revision) to go back to what the file says",
            ])
    }

    func judged(_ judgement: Judgement) {
        change { $0.changes += Int64(judgement.changes.count) }
        log.debug(
            "judged", [.service: "judge", .plan: judgement.plan, .changes: judgement.changes.count])
    }

    func judgeCameToRest(_ judgedTo: [String: [String: Instant]]) {
        change { $0.judgedTo = judgedTo }
    }

    func judgeRefreshed(rolling: Int, figures: Int) {
        log.debug("rolling values written", [.service: "judge", .records: rolling])
    }

    func judgeDisconnected(_ failure: PostgresFailure, retryIn: Duration) {
        log.warning(
            "connection lost",
            [
                .service: "judge", .detail: failure.description,
                .milliseconds: retryIn.microseconds / 1_000,
            ])
    }

    // MARK: Relay

    func observed(_ fact: RelayFact) {
        switch fact {
        case .leaseTaken(let term): log.info("lease taken", [.service: "relay", .term: term])
        case .standingBy: log.info("stands by", [.service: "relay"])
        case .published(let changes, let deadLetters, _, _):
            change { $0.published += Int64(changes + deadLetters) }
            log.debug(
                "published", [.service: "relay", .changes: changes, .deadLetter: deadLetters])
        case .settled, .idle: change { _ in }
        case .failed(let reason, let attempt):
            log.warning("tries again", [.service: "relay", .detail: reason, .position: attempt])
        case .halted(let reason): log.error("relay halted", [.service: "relay", .detail: reason])
        case .producerOpened, .resolved, .recorded, .ended: break
        }
    }
}
