extension Broker {
    func listGroups(_ call: Call, _ request: inout WireReader) throws {
        var body = WireWriter(call, throttledFrom: 1)
        body.error(.none)
        body.array(Set(groups.groups.keys).union(offsets.groups.keys).sorted()) { writer, name in
            writer.string(name)
            writer.string(groups.groups[name]?.protocolType ?? "")
        }
        answer(call, body)
    }
}
