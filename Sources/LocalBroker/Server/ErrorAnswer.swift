/// Answers that carry an error that nothing caused, where tests want it: in the places where the
/// API's clients look for one.
struct ErrorAnswer {
    static let apis: Set<API> = [
        .produce, .fetch, .metadata, .offsetCommit, .findCoordinator, .joinGroup, .heartbeat,
        .leaveGroup, .syncGroup, .initProducerID, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn,
        .txnOffsetCommit,
    ]

    private let version: Int16
    private let code: Int16
    private var answer = WireWriter()

    /// Nil for other APIs than `apis`, and for Fetch before version 7, which has no place for it.
    static func body(
        _ call: Call, _ request: inout WireReader, _ code: Int16, _ broker: Broker
    ) throws(WireFailure) -> WireWriter? {
        var made = ErrorAnswer(version: call.version, code: code)
        return try made.make(call.api, &request, broker) ? made.answer : nil
    }

    private init(version: Int16, code: Int16) { (self.version, self.code) = (version, code) }

    private mutating func make(
        _ api: API, _ request: inout WireReader, _ broker: Broker
    ) throws(WireFailure) -> Bool {
        switch api {
        case .heartbeat: plain(throttledFrom: 1)
        case .endTxn, .addOffsetsToTxn: plain(throttledFrom: 0)
        // No members; no assignment; no session and no topics; no generation, names and members.
        case .leaveGroup: plain(throttledFrom: 1, zeros: version >= 3 ? 4 : 0)
        case .syncGroup: plain(throttledFrom: 1, zeros: 4)
        case .fetch where version >= 7: plain(throttledFrom: 0, zeros: 8)
        case .joinGroup: plain(throttledFrom: 2, ones: 4, zeros: 10)
        // Neither id nor epoch.
        case .initProducerID: plain(throttledFrom: 0, ones: 10)
        // From version 1 on no sentence; no node, host and port.
        case .findCoordinator:
            plain(throttledFrom: 1, ones: version >= 1 ? 6 : 4, zeros: 2)
            answer.int32(-1)
        case .produce:
            _ = try request.nullableString()
            _ = try request.take(6)
            let ones = version >= 5 ? 24 : 16
            try partitions(&request, ones: ones, zeros: version >= 8 ? 6 : 0) {
                (part: inout WireReader) throws(WireFailure) in _ = try part.nullableBytes()
            }
            answer.int32(0)
        case .addPartitionsToTxn:
            _ = try request.string()
            _ = try request.take(10)
            answer.int32(0)
            try partitions(&request) { (_: inout WireReader) throws(WireFailure) in }
        case .offsetCommit:
            _ = try request.string()
            _ = try request.int32()
            _ = try request.string()
            if version >= 7 { _ = try request.nullableString() }
            if version <= 4 { _ = try request.int64() }
            if version >= 3 { answer.int32(0) }
            try offsets(&request, epochFrom: 6)
        case .txnOffsetCommit:
            _ = try request.string()
            _ = try request.string()
            _ = try request.take(10)
            answer.int32(0)
            try offsets(&request, epochFrom: 2)
        case .metadata: try metadata(&request, broker)
        default: return false
        }
        return true
    }

    private mutating func plain(throttledFrom first: Int16, ones: Int = 0, zeros: Int = 0) {
        if version >= first { answer.int32(0) }
        answer.int16(code)
        answer.raw(repeatElement(0xFF, count: ones))
        answer.raw(repeatElement(0, count: zeros))
    }

    /// Each partition that was asked for with the code; `rest` reads what the request says of it.
    private mutating func partitions(
        _ request: inout WireReader, ones: Int = 0, zeros: Int = 0,
        _ rest: (inout WireReader) throws(WireFailure) -> Void
    ) throws(WireFailure) {
        let topics = try request.byTopic { (part: inout WireReader) throws(WireFailure) in
            let index = try part.int32()
            try rest(&part)
            return index
        }
        let code = code
        answer.byTopic(topics ?? []) { answer, _, index in
            answer.int32(index)
            answer.int16(code)
            answer.raw(repeatElement(0xFF, count: ones))
            answer.raw(repeatElement(0, count: zeros))
        }
    }

    private mutating func offsets(
        _ request: inout WireReader, epochFrom first: Int16
    ) throws(WireFailure) {
        let count = version >= first ? 12 : 8
        try partitions(&request) { (part: inout WireReader) throws(WireFailure) in
            _ = try part.take(count)
            _ = try part.nullableString()
        }
    }

    /// No error has a place in it but those of topics: each that was named has this one.
    private mutating func metadata(
        _ request: inout WireReader, _ broker: Broker
    ) throws(WireFailure) {
        let names = try request.strings()
        let (version, code) = (version, code)
        if version >= 3 { answer.int32(0) }
        answer.array([broker.settings.host]) {
            $0.int32(1)
            $0.string($1)
            $0.int32(Int32(broker.listeningPort))
            if version >= 1 { $0.nullableString(nil) }
        }
        if version >= 2 { answer.nullableString(LocalBroker.clusterID) }
        if version >= 1 { answer.int32(1) }
        answer.array(names) {
            $0.int16(code)
            $0.string($1)
            $0.raw(repeatElement(0, count: version >= 1 ? 5 : 4))
            if version >= 8 { $0.int32(Broker.operationsNotAsked) }
        }
        if version >= 8 { answer.int32(Broker.operationsNotAsked) }
    }
}
