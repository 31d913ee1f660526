/// Answers that carry an error that nothing caused, where tests want it: in the places where the
/// API's clients look for one.
enum ErrorAnswer {
    /// Of these APIs; of Fetch from version 7 on. Nil for any other.
    static let apis: Set<API> = [
        .produce, .fetch, .metadata, .offsetCommit, .findCoordinator, .joinGroup, .heartbeat,
        .leaveGroup, .syncGroup, .initProducerID, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn,
        .txnOffsetCommit,
    ]

    static func body(
        _ call: Call, _ request: inout WireReader, _ code: Int16, _ settings: BrokerSettings
    ) throws(WireFailure) -> WireWriter? {
        let version = call.version
        var answer = WireWriter()
        /// From this version on the answer begins with the throttle time, then mostly with the code.
        func begin(throttleFrom first: Int16, hasCode: Bool = true) {
            if version >= first { answer.int32(0) }
            if hasCode { answer.int16(code) }
        }
        switch call.api {
        case .produce:
            _ = try request.nullableString()
            _ = try request.take(6)
            try topics(&request, &answer, code) { request, answer throws(WireFailure) in
                _ = try request.nullableBytes()
                answer.int64(-1)
                answer.int64(-1)
                if version >= 5 { answer.int64(-1) }
                if version >= 8 {
                    answer.int32(0)
                    answer.nullableString(nil)
                }
            }
            answer.int32(0)
        case .fetch where version >= 7:
            begin(throttleFrom: 0)
            answer.int32(0)
            answer.int32(0)
        case .metadata: try metadata(call, &request, &answer, code, settings)
        case .offsetCommit:
            begin(throttleFrom: 3, hasCode: false)
            _ = try request.string()
            _ = try request.int32()
            _ = try request.string()
            if version >= 7 { _ = try request.nullableString() }
            if version <= 4 { _ = try request.int64() }
            try topics(&request, &answer, code) { request, _ throws(WireFailure) in
                _ = try request.take(version >= 6 ? 12 : 8)
                _ = try request.nullableString()
            }
        case .txnOffsetCommit:
            begin(throttleFrom: 0, hasCode: false)
            _ = try request.string()
            _ = try request.string()
            _ = try request.take(10)
            try topics(&request, &answer, code) { request, _ throws(WireFailure) in
                _ = try request.take(version >= 2 ? 12 : 8)
                _ = try request.nullableString()
            }
        case .addPartitionsToTxn:
            begin(throttleFrom: 0, hasCode: false)
            _ = try request.string()
            _ = try request.take(10)
            try topics(&request, &answer, code) { _, _ throws(WireFailure) in }
        case .findCoordinator:
            begin(throttleFrom: 1)
            if version >= 1 { answer.nullableString(nil) }
            answer.int32(-1)
            answer.string("")
            answer.int32(-1)
        case .joinGroup:
            begin(throttleFrom: 2)
            answer.int32(-1)
            for _ in ["protocol", "leader", "member"] { answer.string("") }
            answer.int32(0)
        case .syncGroup:
            begin(throttleFrom: 1)
            answer.int32(0)
        case .heartbeat: begin(throttleFrom: 1)
        case .leaveGroup:
            begin(throttleFrom: 1)
            if version >= 3 { answer.int32(0) }
        case .initProducerID:
            begin(throttleFrom: 0)
            answer.int64(-1)
            answer.int16(-1)
        case .endTxn, .addOffsetsToTxn: begin(throttleFrom: 0)
        default: return nil
        }
        return answer
    }

    /// Topics with partitions: each asked for is answered with its number, the code and the rest.
    private static func topics(
        _ request: inout WireReader, _ answer: inout WireWriter, _ code: Int16,
        _ rest: (inout WireReader, inout WireWriter) throws(WireFailure) -> Void
    ) throws(WireFailure) {
        let count = try request.int32()
        answer.int32(count)
        for _ in 0..<max(0, count) {
            answer.string(try request.string())
            let partitions = try request.int32()
            answer.int32(partitions)
            for _ in 0..<max(0, partitions) {
                answer.int32(try request.int32())
                answer.int16(code)
                try rest(&request, &answer)
            }
        }
    }

    private static func metadata(
        _ call: Call, _ request: inout WireReader, _ answer: inout WireWriter, _ code: Int16,
        _ settings: BrokerSettings
    ) throws(WireFailure) {
        let version = call.version
        if version >= 3 { answer.int32(0) }
        answer.array([settings]) {
            $0.int32(1)
            $0.string($1.host)
            $0.int32(Int32($1.port))
            if version >= 1 { $0.nullableString(nil) }
        }
        if version >= 2 { answer.nullableString("headway-local") }
        if version >= 1 { answer.int32(1) }
        let names = try request.array { name throws(WireFailure) in try name.string() }
        answer.array(names) {
            $0.int16(code)
            $0.string($1)
            if version >= 1 { $0.bool(false) }
            $0.int32(0)
            if version >= 8 { $0.int32(Int32.min) }
        }
        if version >= 8 { answer.int32(Int32.min) }
    }
}
