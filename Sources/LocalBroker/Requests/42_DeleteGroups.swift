extension Broker {
    func deleteGroups(_ call: Call, _ request: inout WireReader) throws {
        var results: [(String, ErrorCode)] = []
        for group in try request.strings() {
            let isThere = groups.isKnown(group) || offsets.has(group)
            let isFree = isThere && groups.isEmpty(group)
            results.append((group, isFree ? .none : isThere ? .nonEmptyGroup : .groupIDNotFound))
            guard isFree else { continue }
            for key in offsets.keys(of: group) { try persist(.offsetRemoved(key)) }
            groups.forgetEmpty { $0 == group }
        }
        var body = WireWriter(call, throttledFrom: 0)
        body.array(results) { writer, result in
            writer.string(result.0)
            writer.error(result.1)
        }
        answerAfterFlush(call, body)
    }
}
