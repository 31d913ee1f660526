import LocalBroker
import Testing

/// Members of consumer groups: joining, rebalancing, leaving.
@Suite struct GroupConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func aMemberJoinsInEveryVersion(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        for version in API.joinGroup.versions {
            var member = TestMember(Conversation.name("group"))
            member.protocols = ["range", "roundrobin"]
            let joined = try client.join(&member, version: version)
            #expect(joined.generation == 1 && joined.protocol == "range")
            #expect(joined.leader == joined.member && member.id.hasPrefix(Conversation.clientID))
            #expect(joined.members.list.count == 1)
            #expect(joined.members[0].member == joined.member)
            #expect(joined.members[0].metadata == .bytes(member.subscription("range")))
            let lesser = min(version, 3)
            let synced = try client.sync(member, giving: [member.id: "mine"], version: lesser)
            #expect(synced.error == 0 && synced.assignment == .bytes(Array("mine".utf8)))
            let again = try client.sync(member, version: lesser)
            #expect(again.error == 0 && again.assignment == .bytes(Array("mine".utf8)))
            let codes = [
                try client.heartbeat(member, version: lesser),
                try client.leave(member, version: lesser),
                try client.heartbeat(member, version: lesser),
                try client.leave(member, version: lesser),
            ]
            #expect(codes == [0, 0, 25, 25], "\(version)")
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func wrongMembersAndGenerationsAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        var member = TestMember(Conversation.name("group"))
        try client.stableGroup(&member)
        var (older, newer, stranger) = (member, member, member)
        older.generation -= 1
        newer.generation += 1
        stranger.id = "stranger"
        for (who, code) in [(older, 22), (newer, 22), (stranger, 25)] {
            let (beat, synced) = (try client.heartbeat(who), try client.sync(who))
            #expect(beat == .init(code) && synced.error == .init(code))
        }
        let leaving = try client.leave(stranger)
        #expect(leaving == 25)
        let rejoining = try client.ask(.joinGroup, nil, stranger.joining)
        #expect(rejoining.error == 25)
        let none = TestMember(Conversation.name("never"))
        let (beat, synced) = (try client.heartbeat(none), try client.sync(none))
        #expect(beat == 25 && synced.error == 25)
    }

    @Test(arguments: BrokerUnderTest.present)
    func joinsAreChecked(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let group = Conversation.name("group")
        func code(_ change: (inout TestMember) -> Void) throws -> Value {
            var member = TestMember(group)
            change(&member)
            return try client.ask(.joinGroup, 3, member.joining).error
        }
        let nameless = try code { $0.group = "" }
        let (hasty, slow) = (
            try code { $0.sessionTimeout = 100 }, try code { $0.sessionTimeout = 9_000_000 }
        )
        #expect(nameless == 24 && hasty == 26 && slow == 26)
        let without = try code { $0.protocols = [] }
        #expect(without == 23)
        var member = TestMember(group)
        try client.stableGroup(&member)
        let other = try code { $0.protocols = ["other"] }
        #expect(other == 23)
        guard case .fields(var fields) = TestMember(group).joining else { return }
        fields["type"] = "connect"
        let connect = try client.ask(.joinGroup, 3, .fields(fields))
        #expect(connect.error == 23)
        let beat = try client.heartbeat(member)
        #expect(beat == 0)
        if Difference.silence.expected(broker, kafka: false, local: true) {
            fields["type"] = "consumer"
            fields["group"] = .text(Conversation.name("group"))
            fields["protocols"] = [["name": "range", "metadata": .bytes([109])]]
            let answer = try client.ask(.joinGroup, 3, .fields(fields))
            #expect(answer.error == 0)
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func aSecondMemberMakesTheFirstJoinAgain(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var first = TestMember(Conversation.name("group"))
        first.protocols = ["range", "roundrobin"]
        try one.stableGroup(&first)
        var second = TestMember(first.group)
        second.protocols = ["sticky", "roundrobin"]
        try two.joinBegin(&second)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
        let state = try one.describe(first.group).state
        #expect(state == "PreparingRebalance")
        let led = try one.join(&first)
        let followed = try two.joinEnd(&second)
        #expect(led.generation == 2 && followed.generation == 2)
        // The one protocol that both know.
        #expect(led.protocol == "roundrobin" && followed.protocol == "roundrobin")
        #expect(led.leader == .text(first.id) && followed.leader == .text(first.id))
        let members = Set(led.members.list.compactMap(\.member.string))
        #expect(members == [first.id, second.id] && followed.members == [])
        // The follower waits for the leader's assignments.
        try two.send(.syncGroup, nil, two.syncBody(second))
        let completing = try one.describe(first.group).state
        #expect(completing == "CompletingRebalance")
        let mine = try one.sync(first, giving: [first.id: "1", second.id: "2"])
        let yours = try two.answer(.syncGroup)
        #expect(mine.assignment == .bytes([0x31]) && yours.assignment == .bytes([0x32]))
        let beats = [try one.heartbeat(first), try two.heartbeat(second)]
        #expect(beats == [0, 0])
        // One leaves: the other joins again and is alone.
        let left = try one.leave(first)
        #expect(left == 0)
        try waitUntil("the second is told") { try two.heartbeat(second) == 27 }
        let alone = try two.join(&second)
        #expect(alone.generation == 3 && alone.members.list.count == 1)
        #expect(alone.leader == .text(second.id) && alone.protocol == "sticky")
    }

    /// A member that does not come back within the rebalance's time is left out.
    @Test(arguments: BrokerUnderTest.present)
    func aRebalanceDoesNotWaitForever(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var first = TestMember(Conversation.name("group"))
        first.rebalanceTimeout = 1_000
        try one.stableGroup(&first)
        var second = TestMember(first.group)
        second.rebalanceTimeout = 1_000
        let joined = try two.join(&second)
        #expect(joined.generation == 2 && joined.leader == .text(second.id))
        #expect(joined.members.list.count == 1)
        let beat = try one.heartbeat(first)
        #expect(beat == 25)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aSilentMemberIsRemoved(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        var member = TestMember(Conversation.name("group"))
        member.sessionTimeout = 1_000
        try client.stableGroup(&member)
        try client.keep(member)
        try waitUntil("the group is empty") { try client.describe(member.group).state == "Empty" }
        let beat = try client.heartbeat(member)
        #expect(beat == 25)
        member.id = ""
        let joined = try client.join(&member)
        // Removal is a generation of its own.
        #expect(joined.generation == 3)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aStaticMemberComesBackWithoutARebalance(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        var member = TestMember(Conversation.name("group"), instance: "one")
        try client.stableGroup(&member)
        #expect(member.id.hasPrefix("one-") && member.generation == 1)
        let old = member
        var back = TestMember(member.group, instance: "one")
        let joined = try client.join(&back)
        #expect(joined.generation == 1 && back.id != old.id && back.id.hasPrefix("one-"))
        let synced = try client.sync(back)
        #expect(synced.assignment == .bytes(Array("all".utf8)))
        let codes = [
            try client.heartbeat(old), try client.sync(old).error,
            try client.ask(.joinGroup, nil, old.joining).error,
            try client.commit(old, try client.makeTopic(), 1), try client.leave(old),
            try client.heartbeat(back),
        ]
        #expect(codes == [82, 82, 82, 82, 82, 0])
        let described = try client.describe(member.group)
        #expect(described.members[0].instance == "one" && described.members.list.count == 1)
        // An administrator removes it by its instance alone.
        var gone = TestMember(member.group, instance: "one")
        gone.id = ""
        let left = try client.leave(gone)
        let again = try client.leave(TestMember(member.group, instance: "other"))
        #expect(left == 0 && again == 25)
    }
}
