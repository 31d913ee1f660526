internal import CRDKafka
internal import Synchronization

/// Ends a consumer's current wait, or its next one, from any thread.
package final class KafkaWake: Sendable {
    private let queue: Mutex<OpaquePointer?>

    init(queue: sending OpaquePointer?) { self.queue = Mutex(queue) }

    /// The consumer's `poll` returns at once. Nothing happens after the consumer was closed.
    package func wake() {
        queue.withLock { if let queue = $0 { rd_kafka_queue_yield(queue) } }
    }

    /// Called before the client goes.
    func close() {
        queue.withLock {
            if let queue = $0 { rd_kafka_queue_destroy(queue) }
            $0 = nil
        }
    }

    deinit { close() }
}
