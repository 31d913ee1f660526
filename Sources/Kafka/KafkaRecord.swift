internal import CRDKafka
internal import Glibc

/// What a poll brings. Valid during the call that receives it.
package enum KafkaEvent: ~Copyable {
    case record(KafkaRecord)
    /// Everything before `offset` was read. Comes again whenever the end is reached anew.
    case endOfPartition(TopicPartition, offset: Int64)
    /// An error of one partition, or of the whole client where there is none.
    case failure(TopicPartition?, KafkaFailure)
}

/// One header of a record. Names are bytes without a NUL; a value may be null.
package struct KafkaHeaderView {
    package let name: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer?
}

/// A view of a record in the library's fetch buffer: nothing is copied, and nothing outlives the
/// event.
package struct KafkaRecord: ~Copyable {
    let message: UnsafePointer<rd_kafka_message_t>
    let context: Unmanaged<ConsumerContext>
    /// A small number for the topic, the same for all its records of one consumer: an index into
    /// `KafkaConsumer.topicNames`.
    package let topicIndex: Int

    package var topic: String {
        context._withUnsafeGuaranteedRef { $0.topics.names[topicIndex] }
    }
    package var partition: Int32 { message.pointee.partition }
    package var offset: Int64 { message.pointee.offset }

    /// Milliseconds since 1970, or -1 where the record has none.
    package var timestampMilliseconds: Int64 {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        return rd_kafka_message_timestamp(message, &type)
    }

    /// Nil for a null key; an empty key is an empty buffer.
    package var key: UnsafeRawBufferPointer? {
        message.pointee.key.map {
            UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len)
        }
    }

    /// Nil for a tombstone; an empty value is an empty buffer.
    package var value: UnsafeRawBufferPointer? {
        message.pointee.payload.map {
            UnsafeRawBufferPointer(start: $0, count: message.pointee.len)
        }
    }

    /// The headers in the record's order. The buffer is reused by the next record.
    package func withHeaders<R>(_ body: (UnsafeBufferPointer<KafkaHeaderView>) -> R) -> R {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let headers
        else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return context._withUnsafeGuaranteedRef { context in
            context.headers.removeAll(keepingCapacity: true)
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            var index = 0
            while rd_kafka_header_get_all(headers, index, &name, &value, &size)
                == RD_KAFKA_RESP_ERR_NO_ERROR
            {
                context.headers.append(
                    KafkaHeaderView(
                        name: UnsafeRawBufferPointer(
                            start: name, count: name.map { strlen($0) } ?? 0),
                        value: value.map { UnsafeRawBufferPointer(start: $0, count: size) }))
                index += 1
            }
            return context.headers.withUnsafeBufferPointer(body)
        }
    }
}

/// Names of the topics that were met, by the library's own topic pointer: no text is compared or
/// built per record.
struct TopicNames {
    private(set) var names: [String] = []
    private var pointers: [OpaquePointer] = []
    private var last = 0

    mutating func index(of topic: OpaquePointer) -> Int {
        if last < pointers.count, pointers[last] == topic { return last }
        for index in pointers.indices where pointers[index] == topic {
            last = index
            return index
        }
        names.append(String(cString: rd_kafka_topic_name(topic)))
        pointers.append(topic)
        last = names.count - 1
        return last
    }

    mutating func name(of topic: OpaquePointer) -> String { names[index(of: topic)] }
}
