extension Broker {
    func deleteGroups(_ call: Call, _ request: inout WireReader) throws {
        var body = WireWriter(call, throttledFrom: 0)
        try body.array(try request.read() as [String]) { writer, group in
            var error = ErrorCode.none
            if groups.emptySince(group) == nil { error = .nonEmptyGroup }
            if groups.groups[group] == nil && !offsets.has(group) { error = .groupIDNotFound }
            writer.write(group, error)
            guard error == .none else { return }
            for key in offsets.keys(of: group) { try persist(.offsetRemoved(key)) }
            groups.forgetEmpty { $0 == group }
        }
        answerAfterFlush(call, body)
    }
}
