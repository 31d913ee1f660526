internal import Kafka
internal import Ledger

/// Why the tails could not be read. It is tried again.
enum RelayTailFailure: Error, CustomStringConvertible {
    /// Someone's transaction is still open on an output.
    case openTransaction(TopicPartition)
    case notReachedInTime(TopicPartition)

    var description: String {
        switch self {
        case .openTransaction(let place): "a transaction is still open on \(place)"
        case .notReachedInTime(let place): "the end of \(place) was not reached in time"
        }
    }
}

/// Reads what the outputs hold around the intent's ends. Blocks; the handles live for one reading.
struct RelayTailReader {
    let configuration: RelayConfiguration
    let limit = Duration.seconds(30)
    /// Offsets looked at before the end; more where they hold no record.
    private let lookBack: Int64 = 256

    init(_ configuration: RelayConfiguration) { self.configuration = configuration }

    func read(_ intent: RelayIntent?) throws -> [RelayTail] {
        let places = configuration.outputs.places
        var admin = try KafkaAdmin(
            settings: try KafkaSettings.admin(brokers: configuration.brokers)
                .merging(configuration.kafka))
        let marks = try admin.watermarks(places, timeout: .seconds(10))
        let all = try admin.watermarks(places, isolation: .uncommitted, timeout: .seconds(10))
        admin.close(within: .seconds(2))
        for place in places {
            // A record behind an open transaction would be invisible here and appear later.
            guard marks[place]?.high == all[place]?.high else {
                throw RelayTailFailure.openTransaction(place)
            }
        }
        var tails: [RelayTail] = []
        for place in places {
            let end = intent?.ends["\(place)"]
            let found = marks[place] ?? Watermarks(low: 0, high: 0)
            // The state topic is compacted: its older records say nothing.
            if end == nil, place.topic == configuration.outputs.status.name {
                tails.append(RelayTail(place: place, marks: found))
            } else {
                tails.append(try read(place, found, end: min(end ?? found.high, found.high)))
            }
        }
        return tails
    }

    private func read(
        _ place: TopicPartition, _ marks: Watermarks, end: Int64
    ) throws -> RelayTail {
        var tail = RelayTail(place: place, marks: marks)
        guard marks.high > marks.low else { return tail }
        var consumer = try KafkaConsumer(settings: try configuration.readerSettings())
        var back = lookBack
        while true {
            let start = max(marks.low, end - back)
            tail.before = []
            tail.after = []
            try read(&consumer, from: start, end: end, into: &tail)
            let needsMore =
                tail.before.isEmpty && place.topic != configuration.outputs.status.name
            if !needsMore || start == marks.low { break }
            back *= 4
        }
        consumer.close(within: .seconds(2))
        return tail
    }

    private func read(
        _ consumer: inout KafkaConsumer, from start: Int64, end: Int64, into tail: inout RelayTail
    ) throws {
        let place = tail.place
        var (before, after): ([RelayTrace], [UInt64]) = ([], [])
        var reached = false
        var failure: KafkaFailure?
        let deadline = ContinuousClock.now + limit
        try consumer.assign([TopicPartitionOffset(place, offset: start)])
        while !reached, failure == nil, ContinuousClock.now < deadline {
            _ = consumer.poll(max: 1_000, timeout: .seconds(1)) { event in
                switch event {
                case .record(let record):
                    let copy = copied(record)
                    if record.offset < end {
                        before.append(trace(copy.headers))
                    } else {
                        after.append(
                            RelayRecord.digest(
                                key: copy.key, value: copy.value, headers: copy.headers))
                    }
                case .endOfPartition(_, let offset):
                    if offset >= tail.marks.high { reached = true }
                case .failure(let partition, let reason):
                    if partition != nil, reason.disposition != .retry { failure = reason }
                }
            }
        }
        if let failure { throw failure }
        guard reached else { throw RelayTailFailure.notReachedInTime(place) }
        tail.before = before
        tail.after = after
    }

    private func copied(
        _ record: borrowing KafkaRecord
    ) -> (key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader]) {
        let headers = record.withHeaders { views in
            views.map { KafkaHeader(name: Array($0.name), value: $0.value.map { Array($0) }) }
        }
        return (record.key.map { Array($0) }, record.value.map { Array($0) }, headers)
    }

    /// Which row a published record came from, by its headers.
    private func trace(_ headers: [KafkaHeader]) -> RelayTrace {
        func text(_ name: String) -> String? {
            let bytes = headers.last { $0.name == Array(name.utf8) }?.value
            return bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        if let id = text(RelayEvent.deadLetterIDHeader) {
            let parts = id.split(separator: "/")
            if parts.count == 3, let partition = Int32(parts[1]), let offset = Int64(parts[2]) {
                return .deadLetter(topic: String(parts[0]), partition: partition, offset: offset)
            }
        } else if text("ce_type") == RelayEvent.changedType, let id = text("ce_id"),
            let slash = id.lastIndex(of: "/"), let sequence = Int64(id[id.index(after: slash)...])
        {
            return .change(plan: String(id[..<slash]), sequence: sequence)
        }
        return .foreign
    }
}
