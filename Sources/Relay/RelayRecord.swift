internal import Contracts
package import Kafka
internal import Ledger

/// One record to be published.
package struct RelayRecord: Equatable, Sendable {
    package var place: TopicPartition
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [KafkaHeader]
    /// Nil lets the producer set the time.
    package var timestampMilliseconds: Int64?

    /// What is compared with the topic after a crash. The timestamp is not part of it: topics may
    /// set their own, and whether it had to be replaced depends on when the record is sent.
    package var digest: UInt64 { Self.digest(key: key, value: value, headers: headers) }

    package static func digest(key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader]) -> UInt64 {
        var hash = StableHash()
        hash.add(key)
        hash.add(value)
        for header in headers where header.name != timestampHeader {
            hash.add(header.name)
            hash.add(header.value)
        }
        return hash.value
    }

    private static let timestampHeader = Array(RelayDeadLetter.timestampHeader.utf8)

    /// The record as it can be sent at `now` (milliseconds since 1970): a time too far ahead moves
    /// into a header, and the present one takes its place.
    package func dated(by now: Int64) -> RelayRecord {
        guard let own = timestampMilliseconds, own > now + RelayDeadLetter.aheadMax else {
            return self
        }
        var dated = self
        dated.timestampMilliseconds = now
        dated.headers.append(
            KafkaHeader(name: Self.timestampHeader, value: Array(String(own).utf8)))
        return dated
    }

    /// About what it takes on the wire.
    var bytes: Int {
        (key?.count ?? 0) + (value?.count ?? 0)
            + headers.reduce(64) { $0 + $1.name.count + ($1.value?.count ?? 0) }
    }
}

/// Types and headers of the status events (CONTRACT.md, "Events out").
enum RelayEvent {
    static let changedType = "target.status-changed.v1"
    static let statusType = "target.status.v1"
    static let deadLetterIDHeader = "headway_dead_letter_id"

    static func headers(_ change: RelayChange, type: String) -> [KafkaHeader] {
        let digits = String(change.sequence)
        let padded = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
        return [
            KafkaHeader("content-type", "application/json"),
            KafkaHeader("ce_specversion", "1.0"),
            KafkaHeader("ce_id", "\(change.plan)/\(change.sequence)"),
            KafkaHeader("ce_source", "/headway/\(change.plan)"),
            KafkaHeader("ce_type", type),
            KafkaHeader("ce_subject", "\(change.plan)/\(change.target)"),
            KafkaHeader("ce_time", Instant(microseconds: change.decidedAt).rfc3339),
            KafkaHeader("ce_sequence", padded),
            KafkaHeader("ce_dataschema", StatusSchema.identifier(type)),
        ]
    }

    static func record(
        _ change: RelayChange, type: String, to output: RelayOutputs.Output
    ) -> RelayRecord {
        let key = Array("\(change.plan)/\(change.target)".utf8)
        return RelayRecord(
            place: RelayOutputs.place(output, key: key), key: key, value: Array(change.data.utf8),
            headers: headers(change, type: type),
            timestampMilliseconds: floorDivide(change.decidedAt, 1_000))
    }

    /// The record as it was, and why it is here. One that no topic takes is named only: its
    /// contents are in the ledger, and `headway_dead_letter_bytes` says how many there are.
    static func record(
        _ letter: RelayDeadLetter, to output: RelayOutputs.Output, bytesMax: Int64
    ) -> RelayRecord {
        var headers = zip(letter.headerNames, letter.headerValues).map {
            KafkaHeader(name: $0, value: $1)
        }
        headers += [
            KafkaHeader("__connect.errors.topic", letter.topic),
            KafkaHeader("__connect.errors.partition", "\(letter.partition)"),
            KafkaHeader("__connect.errors.offset", "\(letter.offset)"),
            KafkaHeader("__connect.errors.stage", letter.stage),
            KafkaHeader("__connect.errors.exception.class.name", letter.reason),
            KafkaHeader("__connect.errors.exception.message", letter.message),
            KafkaHeader(deadLetterIDHeader, "\(letter.topic)/\(letter.partition)/\(letter.offset)")
        ]
        if letter.bytes > bytesMax {
            headers.append(KafkaHeader("headway_dead_letter_bytes", "\(letter.bytes)"))
        }
        return RelayRecord(
            place: RelayOutputs.place(output, key: letter.key), key: letter.key,
            value: letter.value, headers: headers,
            timestampMilliseconds: letter.recordTime.map { floorDivide($0, 1_000) })
    }
}
