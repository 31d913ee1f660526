internal import CRDKafka
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Wakes the fetcher of librdkafka before 2.2 while there is a backlog.
///
/// A partition whose queue is full stops being fetched; when all are, the library's broker thread
/// sleeps for up to a second although the queues were drained meanwhile. Any request to the leader
/// wakes it, so a thread asks for the partitions' ends every 20 ms: one request a leader. Later
/// libraries have `fetch.queue.backoff.ms`.
final class KafkaFetchNudge: Sendable {
    static var libraryBacksOffByItself: Bool { rd_kafka_version() >= 0x0202_0000 }

    /// Between two requests.
    private static let interval = DispatchTimeInterval.milliseconds(20)
    /// Longer than the library's sleep: a stall looks like having nothing to do.
    private static let patienceNanoseconds: UInt64 = 1_500_000_000
    /// Bounds how long closing a consumer may wait for the thread.
    private static let requestLimitMilliseconds: Int32 = 200

    private struct State {
        var partitions: [TopicPartition] = []
        var stopped = false
    }

    private let state = Mutex(State())
    /// Uptime of the last large poll. Written by the polling thread, read by the nudging one.
    private let lastBusy = Atomic<UInt64>(0)
    private let isParked = Atomic<Bool>(false)
    private let signal = DispatchSemaphore(value: 0)

    /// Starts the thread. The handle stays until `stop` has been answered.
    init(handle: ClientHandle) {
        handle.borrowers.enter()
        let thread = Thread { [self] in
            run(handle)
            handle.borrowers.leave()
        }
        thread.name = "kafka-nudge"
        thread.start()
    }

    func watch(_ partitions: [TopicPartition]) {
        state.withLock { $0.partitions = partitions }
    }

    /// A poll brought much, so there may be more. Called by the polling thread; costs two atomic
    /// operations.
    func busy() {
        lastBusy.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed)
        if isParked.exchange(false, ordering: .acquiringAndReleasing) { signal.signal() }
    }

    /// Returns at once; the thread ends within its request's limit.
    func stop() {
        state.withLock { $0.stopped = true }
        signal.signal()
    }

    private func run(_ handle: ClientHandle) {
        while !state.withLock({ $0.stopped }) {
            if isIdle {
                isParked.store(true, ordering: .sequentiallyConsistent)
                // A poll may have been busy just before the flag was up.
                if isIdle || !isParked.exchange(false, ordering: .sequentiallyConsistent) {
                    signal.wait()
                    continue
                }
            }
            if signal.wait(timeout: .now() + Self.interval) == .success { continue }
            let partitions = state.withLock { $0.partitions }
            guard !partitions.isEmpty else { continue }
            // Only the request matters: its answer refreshes nothing that is read here, nor does
            // its failure.
            let list = PartitionList(partitions, offset: Int64(RD_KAFKA_OFFSET_END))
            _ = rd_kafka_offsets_for_times(
                handle.client, list.pointer, Self.requestLimitMilliseconds)
        }
    }

    private var isIdle: Bool {
        let now = DispatchTime.now().uptimeNanoseconds
        return now &- lastBusy.load(ordering: .sequentiallyConsistent) > Self.patienceNanoseconds
    }
}
