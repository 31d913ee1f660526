internal import Aggregates
internal import Dispatch
internal import Foundation
internal import Ledger
internal import Postgres
internal import Synchronization

/// Commits closed batches on a thread and a connection of its own, one at a time.
///
/// It ends with its first failure: whatever is in memory then rests on a commit that did not happen, or may not
/// have, so the service begins anew from the ledger.
final class Committer: Sendable {
    enum Outcome: Sendable {
        case committed(ClosedBatch)
        case failed(String)
    }

    private struct State {
        var batch: ClosedBatch?
        var outcome: Outcome?
        var stopped = false
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let onDone: @Sendable () -> Void

    /// `onDone` is called on the committer's thread after each outcome.
    init(settings: PostgresSettings, onDone: @escaping @Sendable () -> Void) {
        self.onDone = onDone
        let thread = Thread { [self] in
            run(settings)
            ended.signal()
        }
        thread.name = "commit"
        thread.start()
    }

    /// The batch before must have been taken by `outcome` or `awaitOutcome`.
    func submit(_ batch: ClosedBatch) {
        state.withLock { $0.batch = batch }
        work.signal()
    }

    /// What became of the batch; nil while it commits.
    func outcome() -> Outcome? {
        guard done.wait(timeout: .now()) == .success else { return nil }
        return state.withLock { $0.outcome }
    }

    /// Waits until the batch is through, within the connection's own limits.
    func awaitOutcome() -> Outcome {
        done.wait()
        return state.withLock { $0.outcome } ?? .failed("the committer has no outcome")
    }

    /// Lets a commit under way end, and the thread with it, within the limit; then the fence decides.
    func stop(within limit: DispatchTimeInterval) {
        let isFirst = state.withLock { state in
            defer { state.stopped = true }
            return !state.stopped
        }
        guard isFirst else { return }
        work.signal()
        _ = ended.wait(timeout: .now() + limit)
    }

    private func run(_ settings: PostgresSettings) {
        do throws(PostgresFailure) {
            var connection = try PostgresConnection(settings)
            var writer = IngestWriter()
            while true {
                work.wait()
                let batch = state.withLock { state in
                    let batch = state.batch
                    state.batch = nil
                    return state.stopped ? nil : batch
                }
                guard let batch else { break }
                try writer.commit(batch, &connection)
                finish(.committed(batch))
            }
            finish(.failed("the service stops"))
        } catch {
            finish(.failed(describe(error)))
        }
    }

    private func describe(_ failure: PostgresFailure) -> String {
        failure.outcomeUnknown
            ? "whether the commit happened is not known (\(failure)): the claim will tell" : "\(failure)"
    }

    private func finish(_ outcome: Outcome) {
        state.withLock { $0.outcome = outcome }
        done.signal()
        onDone()
    }
}

/// Turns closed batches into commits. Remembers the ledger's ids of series, which hold for ever.
struct IngestWriter {
    private var ids: [SeriesKey: Int32] = [:]
    /// Ids that are remembered: a stream has some thousand series.
    private static let idsMax = 1_000_000

    mutating func commit(
        _ batch: ClosedBatch, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) {
        let series = try seriesIDs(batch.fold.series, &connection)
        var commit = batch.commit
        let lanes = (commit.fences.map(\.lane).max() ?? 0) + 1
        var topicPartitions = [Int32](repeating: 0, count: lanes)
        for fence in commit.fences {
            topicPartitions[fence.lane] = fence.topicPartition
            commit.touches[fence.lane] = batch.fold.touches(lane: fence.lane)
        }
        commit.hours = batch.fold.hourRows(topicPartitions: topicPartitions, series: series)
        commit.days = batch.fold.dayRows(topicPartitions: topicPartitions, series: series)
        commit.measurements = batch.fold.measurements
        try commit.write(&connection)
    }

    /// Made in a statement of its own before the commit: an id that no row uses does no harm.
    private mutating func seriesIDs(
        _ keys: [SeriesKey], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [Int32] {
        let unknown = keys.filter { ids[$0] == nil }
        if !unknown.isEmpty {
            if ids.count + unknown.count > Self.idsMax { ids.removeAll() }
            let wanted = ids.isEmpty ? keys : unknown
            for (key, id) in zip(wanted, try LedgerSeries.ids(&connection, wanted)) { ids[key] = id }
        }
        return keys.map { ids[$0] ?? 0 }
    }
}
