extension Broker {
    func listGroups(_ call: Call, _ request: inout WireReader) throws {
        var body = WireWriter(call, throttledFrom: 1)
        body.error(.none)
        body.array(Set(groups.groups.keys).union(offsets.groups.keys).sorted()) {
            $0.write($1, groups.groups[$1]?.protocolType ?? "")
        }
        answer(call, body)
    }
}
