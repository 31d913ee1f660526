import LocalBroker
import Testing

/// What members that wait are told when others come, go or change their minds.
@Suite struct RebalanceConformanceTests {
    /// Two members, stable; the first leads.
    private func pair(
        _ one: Conversation, _ two: Conversation, instances: [String?] = [nil, nil],
        session: Int = 10_000
    ) throws -> (TestMember, TestMember) {
        var first = TestMember(Conversation.name("group"), instance: instances[0])
        var second = TestMember(first.group, instance: instances[1])
        second.sessionTimeout = session
        try one.stableGroup(&first)
        try two.joinBegin(&second)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
        try one.join(&first)
        _ = try two.joinEnd(&second)
        try two.send(.syncGroup, nil, two.syncBody(second))
        let synced = try one.sync(first, giving: [first.id: "1", second.id: "2"])
        let followed = try two.answer(.syncGroup)
        guard synced.error == 0, followed.error == 0 else { throw Conversation.Failure.closed }
        return (first, second)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aFollowerThatJoinsAgainChangesNothing(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var (first, second) = try pair(one, two)
        let again = try two.join(&second)
        #expect(again.generation == 2 && again.members == [])
        let beats = [try one.heartbeat(first), try two.heartbeat(second)]
        #expect(beats == [0, 0])
        // The leader that joins again asks for a rebalance.
        try one.joinBegin(&first)
        try waitUntil("the second is told") { try two.heartbeat(second) == 27 }
        let joined = try two.join(&second)
        let led = try one.joinEnd(&first)
        #expect(joined.generation == 3 && led.generation == 3 && led.members.list.count == 2)
    }

    @Test(arguments: BrokerUnderTest.present)
    func aFollowerWithNewMetadataAsksForARebalance(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var (first, second) = try pair(one, two)
        second.protocols = ["range", "more"]
        try two.joinBegin(&second)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
        try one.join(&first)
        let joined = try two.joinEnd(&second)
        #expect(joined.generation == 3 && joined.protocol == "range")
    }

    @Test(arguments: BrokerUnderTest.present)
    func whoWaitsForAnAssignmentLearnsOfARebalance(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var (first, second) = try pair(one, two)
        try one.joinBegin(&first)
        try waitUntil("the second is told") { try two.heartbeat(second) == 27 }
        try two.join(&second)
        _ = try one.joinEnd(&first)
        // The follower waits, the leader leaves without having given anything.
        try two.send(.syncGroup, nil, two.syncBody(second))
        let left = try one.leave(first)
        let waiting = try two.answer(.syncGroup)
        #expect(left == 0 && waiting.error == 27)
        let alone = try two.join(&second)
        #expect(alone.leader == .text(second.id) && alone.generation == 4)
    }

    @Test(arguments: BrokerUnderTest.present)
    func whoIsSilentIsLeftOut(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        var (first, second) = try pair(one, two, session: 1_000)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
        let led = try one.join(&first)
        #expect(led.generation == 3 && led.members.list.count == 1)
        second.generation = 3
        let beat = try two.heartbeat(second)
        #expect(beat == 25)
    }

    @Test(arguments: BrokerUnderTest.present)
    func severalLeaveAtOnce(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        let (first, second) = try pair(one, two, instances: [nil, "second"])
        try one.keep(first)
        let answer = try one.ask(
            .leaveGroup, 3,
            [
                "group": .text(first.group),
                "members": [
                    ["member": .text(first.id)], ["member": "", "instance": "second"],
                    ["member": "stranger"], ["member": "", "instance": "nobody"],
                ],
            ])
        #expect(answer.error == 0 && answer.members.list.map(\.error) == [0, 0, 25, 25])
        #expect(answer.members[1].instance == "second")
        let (state, beat) = (try one.describe(first.group).state, try two.heartbeat(second))
        #expect(state == "Empty" && beat == 25)
    }

    /// The place of a static member waits for it as long as its session.
    @Test(arguments: BrokerUnderTest.present)
    func aStaticFollowerComesBack(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        let (first, second) = try pair(one, two, instances: ["first", "second"])
        var back = TestMember(first.group, instance: "second")
        let joined = try Conversation(broker).join(&back)
        #expect(joined.generation == 2 && back.id != second.id)
        #expect(joined.leader == .text(first.id) && joined.members == [])
        let (synced, beat, old) = (
            try two.sync(back), try one.heartbeat(first), try two.heartbeat(second)
        )
        #expect(synced.assignment == .bytes([0x32]) && beat == 0 && old == 82)
        // With another subscription it makes the others join again.
        var changed = TestMember(first.group, instance: "second")
        changed.protocols = ["range", "more"]
        try two.joinBegin(&changed)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
    }

    /// An id that was given and never used counts for nothing.
    @Test(arguments: BrokerUnderTest.present)
    func anUnusedMemberIDDoesNotHoldTheGroup(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        var member = TestMember(Conversation.name("group"))
        let offered = try client.ask(.joinGroup, 5, member.joining)
        #expect(offered.error == 79 && offered.generation == -1)
        let joined = try client.join(&member)
        #expect(joined.generation == 1 && joined.members.list.count == 1)
        var pending = TestMember(member.group)
        pending.id = offered.member.string ?? ""
        let beat = try client.heartbeat(pending)
        #expect(beat == 25)
    }

    @Test(arguments: BrokerUnderTest.present)
    func groupsWithoutANameAreRefused(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var nameless = TestMember("")
        nameless.id = "someone"
        nameless.generation = 1
        let codes = [
            try client.heartbeat(nameless), try client.sync(nameless).error,
            try client.leave(nameless), try client.ask(.joinGroup, 5, nameless.joining).error,
        ]
        #expect(codes == [24, 24, 24, 24])
        // Offsets alone may be kept under the empty name.
        let nobody = TestMember("")
        let committed = try client.commit(nobody, topic, 3)
        let found = try client.committed("", topic).offset
        #expect(committed == 0 && found == 3)
    }
}
