import LocalBroker

/// A member of a group as the protocol knows it.
struct TestMember {
    var group: String
    var id = ""
    var instance: String?
    var generation: Int64 = -1
    var sessionTimeout = 10_000
    var rebalanceTimeout = 10_000
    var protocols = ["range"]

    init(_ group: String, instance: String? = nil) {
        (self.group, self.instance) = (group, instance)
    }

    /// With this member's fields, as far as the request has them.
    func saying(_ more: [String: Value] = [:]) -> Value {
        let own: [String: Value] = [
            "group": .text(group), "member": .text(id), "generation": .int(generation),
            "instance": instance.map(Value.text) ?? .null,
        ]
        return .fields(own.merging(more, uniquingKeysWith: { $1 }))
    }

    /// To no topic, in the form that consumers use: Kafka reads it, and never answers where it can
    /// not.
    func subscription(_ name: String) -> [UInt8] {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(name.utf8.count)] + Array(name.utf8)
    }

    var joining: Value {
        [
            "group": .text(group), "member": .text(id),
            "instance": instance.map(Value.text) ?? .null,
            "sessionTimeout": .init(sessionTimeout), "rebalanceTimeout": .init(rebalanceTimeout),
            "protocols": .list(
                protocols.map { ["name": .text($0), "metadata": .bytes(subscription($0))] }),
        ]
    }
}

extension Conversation {
    /// Joins, with a second request where the broker wants the member id that it gives; keeps what
    /// the answer says.
    @discardableResult
    func join(_ member: inout TestMember, version: Int16? = nil) throws -> Value {
        try joinBegin(&member, version: version)
        return try joinEnd(&member, version: version)
    }

    /// Sends the request whose answer waits for the others.
    func joinBegin(_ member: inout TestMember, version: Int16? = nil) throws {
        let version = version ?? API.joinGroup.versions.upperBound
        if member.id.isEmpty, member.instance == nil, version >= 4 {
            let answer = try ask(.joinGroup, version, member.joining)
            guard answer.error == 79, let id = answer.member.string, !id.isEmpty else {
                throw Failure.refused("\(answer)")
            }
            member.id = id
        }
        try send(.joinGroup, version, member.joining)
    }

    func joinEnd(_ member: inout TestMember, version: Int16? = nil) throws -> Value {
        let answer = try answer(.joinGroup, version)
        guard answer.error == 0 else { throw Failure.refused("\(answer)") }
        member.id = answer.member.string ?? ""
        member.generation = answer.generation.int
        return answer
    }

    func sync(
        _ member: TestMember, giving assignments: [String: String] = [:], version: Int16? = nil
    ) throws -> Value {
        try ask(.syncGroup, version, syncBody(member, assignments))
    }

    func syncBody(_ member: TestMember, _ assignments: [String: String] = [:]) -> Value {
        let list = assignments.map {
            Value.fields(["member": .text($0), "assignment": .bytes(Array($1.utf8))])
        }
        return member.saying(["assignments": .list(list)])
    }

    func heartbeat(_ member: TestMember, version: Int16? = nil) throws -> Value {
        try ask(.heartbeat, version, member.saying()).error
    }

    func leave(_ member: TestMember, version: Int16? = nil) throws -> Value {
        let version = version ?? API.leaveGroup.versions.upperBound
        if version < 3 {
            let body: Value = ["group": .text(member.group), "member": .text(member.id)]
            return try ask(.leaveGroup, version, body).error
        }
        let leaving: Value = [
            "member": .text(member.id), "instance": member.instance.map(Value.text) ?? .null,
        ]
        let answer = try ask(
            .leaveGroup, version, ["group": .text(member.group), "members": [leaving]])
        return answer.error == 0 ? answer.members[0].error : answer.error
    }

    /// A group of one member that has its assignment.
    func stableGroup(
        _ member: inout TestMember, giving assignment: String = "all"
    ) throws {
        try join(&member)
        let answer = try sync(member, giving: [member.id: assignment])
        guard answer.error == 0 else { throw Failure.refused("\(answer)") }
    }

    /// An empty group without offsets is forgotten when its broker finds the time.
    func keep(_ member: TestMember) throws {
        let code = try commit(member, try makeTopic(), 1)
        guard code == 0 else { throw Failure.refused("\(code)") }
    }

    func describe(_ group: String, version: Int16? = nil) throws -> Value {
        try ask(.describeGroups, version, ["groups": [.text(group)]]).groups[0]
    }

    func commit(
        _ member: TestMember, _ topic: String, _ offset: Int, partition: Int = 0,
        metadata: Value = "", leaderEpoch: Int = -1, version: Int16? = nil
    ) throws -> Value {
        try ask(
            .offsetCommit, version,
            member.saying([
                "topics": place(
                    topic,
                    [
                        "index": .init(partition), "offset": .init(offset), "metadata": metadata,
                        "leaderEpoch": .init(leaderEpoch),
                    ])
            ])
        ).topics[0].partitions[0].error
    }

    func committed(
        _ group: String, _ topic: String, partition: Int = 0, version: Int16? = nil
    ) throws -> Value {
        let topics: Value = [["name": .text(topic), "partitions": [.init(partition)]]]
        return try ask(.offsetFetch, version, ["group": .text(group), "topics": topics])
            .topics[0].partitions[0]
    }
}
