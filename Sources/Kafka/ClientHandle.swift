internal import CRDKafka
internal import Foundation
internal import Synchronization

/// Owns one `rd_kafka_t` and what its callbacks point at.
///
/// Unchecked: `rd_kafka_t` itself is thread-safe, `context` is only touched by the owner's thread
/// (callbacks run inside its polls) and is merely kept alive here, and `state` is behind its mutex.
final class ClientHandle: @unchecked Sendable {
    let client: OpaquePointer
    private let context: AnyObject?
    private let isDestroyed = Mutex(false)
    /// Topics that stay known to the client. They go before it.
    private let kept = Mutex<[String: TopicReference]>([:])
    /// Threads that use the client besides its owner; destruction waits for them.
    let borrowers = DispatchGroup()

    /// `configure` sets callbacks; their opaque is `context`.
    init(
        _ type: rd_kafka_type_t, _ settings: KafkaSettings, context: AnyObject?,
        configure: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaFailure) {
        let configuration = try settings.configuration()
        KafkaLog.configure(configuration)
        if let context {
            rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(context).toOpaque())
        }
        configure(configuration)
        var text = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(type, configuration, &text, text.count) else {
            let error = rd_kafka_last_error()
            rd_kafka_conf_destroy(configuration)
            throw KafkaFailure(error, text: KafkaSettings.string(text))
        }
        self.client = client
        self.context = context
    }

    /// The C library's destroy can hang, so it runs on a thread of its own. False when it was not
    /// done by the deadline: it then goes on in the background, and the process may end regardless.
    @discardableResult
    func destroy(within limit: Duration) -> Bool {
        let isFirst = isDestroyed.withLock { destroyed in
            defer { destroyed = true }
            return !destroyed
        }
        guard isFirst else { return true }
        let done = DispatchSemaphore(value: 0)
        Thread { [self] in
            borrowers.wait()
            kept.withLock { topics in
                for topic in topics.values { rd_kafka_topic_destroy(topic.pointer) }
                topics.removeAll()
            }
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            done.signal()
        }.start()
        return done.wait(timeout: .now() + .milliseconds(Int(milliseconds(limit)))) == .success
    }

    /// The topic's object, made once and kept.
    func topic(_ name: String) -> OpaquePointer? {
        kept.withLock { topics -> TopicReference? in
            if let topic = topics[name] { return topic }
            guard let pointer = rd_kafka_topic_new(client, name, nil) else { return nil }
            let topic = TopicReference(pointer: pointer)
            topics[name] = topic
            return topic
        }?.pointer
    }

    /// The library's fatal error, once it has one.
    var fatalFailure: KafkaFailure? {
        var text = [CChar](repeating: 0, count: 512)
        let error = rd_kafka_fatal_error(client, &text, text.count)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaFailure(error, text: KafkaSettings.string(text), isFatal: true)
    }
}

/// Unchecked: a pointer that is set once, to an object that the library guards by itself.
private struct TopicReference: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// How long a handle that nobody closed may take to go.
let destroyLimit = Duration.seconds(5)

/// Notes the thread that uses a handle first and traps when another one does: a bug of ours, never
/// the world's.
struct OwnerThread {
    private var owner: pthread_t?

    mutating func check() {
        let current = pthread_self()
        if let owner {
            precondition(pthread_equal(owner, current) != 0, "a Kafka handle has one thread")
        } else {
            owner = current
        }
    }
}
