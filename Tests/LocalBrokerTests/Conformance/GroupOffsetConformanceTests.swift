import LocalBroker
import Testing

/// Committed offsets, and groups as administrators see them.
@Suite struct GroupOffsetConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func offsetsAreCommittedAndFetchedInEveryVersion(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, other) = (try client.makeTopic(partitions: 2), try client.makeTopic())
        let nobody = TestMember(Conversation.name("group"))
        for version in API.offsetFetch.versions {
            let none = try client.committed(nobody.group, topic, version: version)
            #expect(none.offset == -1 && none.error == 0 && none.metadata == "")
        }
        for version in API.offsetCommit.versions {
            let code = try client.commit(
                nobody, topic, Int(version) * 10, partition: 1, metadata: .text("m\(version)"),
                leaderEpoch: 0, version: version)
            #expect(code == 0, "\(version)")
            for reading in API.offsetFetch.versions {
                let found = try client.committed(
                    nobody.group, topic, partition: 1, version: reading)
                #expect(
                    found.offset == .init(version * 10) && found.metadata == .text("m\(version)"))
                if reading >= 5 { #expect(found.leaderEpoch == (version >= 6 ? 0 : -1)) }
            }
        }
        let code = try client.commit(nobody, other, 7, metadata: nil)
        #expect(code == 0)
        let all = try client.ask(
            .offsetFetch, nil, ["group": .text(nobody.group), "topics": nil])
        #expect(all.error == 0 && all.topics.list.count == 2)
        let found = all.topics.element("name", .text(other)).partitions
        #expect(found.list.count == 1 && found[0].offset == 7 && found[0].metadata == "")
        let backwards = try client.commit(nobody, other, 3)
        let after = try client.committed(nobody.group, other).offset
        #expect(backwards == 0 && after == 3)
    }

    @Test(arguments: BrokerUnderTest.present)
    func commitsAreChecked(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        var member = TestMember(Conversation.name("group"))
        try client.stableGroup(&member)
        let good = try client.commit(member, topic, 5)
        var (older, stranger) = (member, member)
        older.generation -= 1
        stranger.id = "stranger"
        let nobody = TestMember(member.group)
        let codes = [
            try client.commit(older, topic, 9), try client.commit(stranger, topic, 9),
            try client.commit(nobody, topic, 9),
            try client.commit(member, Conversation.name("never"), 9),
            try client.commit(member, topic, 9, partition: 4),
            try client.commit(
                member, topic, 9, metadata: .text(String(repeating: "x", count: 4_097))),
        ]
        #expect(good == 0 && codes == [22, 25, 25, 3, 3, 12])
        let kept = try client.committed(member.group, topic).offset
        #expect(kept == 5)
        let long = try client.commit(
            member, topic, 6, metadata: .text(String(repeating: "x", count: 4_096)))
        #expect(long == 0)
        var never = TestMember(Conversation.name("never"))
        never.id = "someone"
        never.generation = 3
        let unknown = try client.commit(never, topic, 1)
        #expect(unknown == 25 || unknown == 22)
    }

    /// While the group gathers a commit of the last generation counts; once it was given anew, no.
    @Test(arguments: BrokerUnderTest.present)
    func commitsDuringARebalance(broker: BrokerUnderTest) throws {
        let (one, two) = (try Conversation(broker), try Conversation(broker))
        let topic = try one.makeTopic()
        var first = TestMember(Conversation.name("group"))
        try one.stableGroup(&first)
        var second = TestMember(first.group)
        try two.joinBegin(&second)
        try waitUntil("the first is told") { try one.heartbeat(first) == 27 }
        let gathering = try one.commit(first, topic, 1)
        #expect(gathering == 0)
        let old = first
        try one.join(&first)
        _ = try two.joinEnd(&second)
        let (late, early) = (try one.commit(old, topic, 2), try one.commit(first, topic, 2))
        #expect(late == 22 && early == 27)
        let synced = try one.sync(first, giving: [first.id: "1"])
        #expect(synced.error == 0)
        let right = try one.commit(first, topic, 3)
        #expect(right == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func groupsAreDescribedAndListed(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        var member = TestMember(Conversation.name("group"))
        for version in API.describeGroups.versions {
            let none = try client.describe(Conversation.name("never"), version: version)
            #expect(none.error == 0 && none.state == "Dead" && none.members == [])
        }
        try client.stableGroup(&member, giving: "parts")
        try client.keep(member)
        for version in API.describeGroups.versions {
            let found = try client.describe(member.group, version: version)
            #expect(found.error == 0 && found.state == "Stable" && found.type == "consumer")
            #expect(found.protocol == "range" && found.members.list.count == 1)
            let one = found.members[0]
            #expect(one.member == .text(member.id) && one.client == "conformance")
            #expect(one.host == "/127.0.0.1")
            #expect(one.assignment == .bytes(Array("parts".utf8)))
            #expect(one.metadata == .bytes(member.subscription("range")))
        }
        for version in API.listGroups.versions {
            let listed = try client.ask(.listGroups, version)
            let own = listed.groups.element("group", .text(member.group))
            #expect(listed.error == 0 && own.type == "consumer")
        }
        let left = try client.leave(member)
        let empty = try client.describe(member.group)
        #expect(left == 0 && empty.state == "Empty" && empty.members == [])
        #expect(empty.type == "consumer" && empty.protocol == "")
    }

    @Test(arguments: BrokerUnderTest.present)
    func groupsAreDeletedWhenTheyAreEmpty(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic()
        for version in API.deleteGroups.versions {
            var member = TestMember(Conversation.name("group"))
            try client.stableGroup(&member)
            let committed = try client.commit(member, topic, 4)
            func delete() throws -> Value {
                let answer = try client.ask(
                    .deleteGroups, version, ["groups": [.text(member.group), "never-was"]])
                #expect(answer.results.element("group", "never-was").error == 69)
                return answer.results.element("group", .text(member.group)).error
            }
            let early = try delete()
            let left = try client.leave(member)
            let kept = try client.committed(member.group, topic).offset
            let right = try delete()
            let again = try delete()
            #expect(committed == 0 && left == 0)
            #expect(early == 68 && right == 0 && again == 69 && kept == 4)
            let after = try client.committed(member.group, topic).offset
            let state = try client.describe(member.group).state
            #expect(after == -1 && state == "Dead")
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func offsetsAreDeleted(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(partitions: 2)
        let nobody = TestMember(Conversation.name("group"))
        for partition in 0..<2 {
            let code = try client.commit(nobody, topic, 3, partition: partition)
            #expect(code == 0)
        }
        func delete(_ group: String, _ topic: String) throws -> Value {
            try client.ask(
                .offsetDelete, nil,
                ["group": .text(group), "topics": client.place(topic, ["index": 0])])
        }
        let done = try delete(nobody.group, topic)
        #expect(done.error == 0 && done.topics[0].partitions[0].error == 0)
        let gone = try client.committed(nobody.group, topic).offset
        let kept = try client.committed(nobody.group, topic, partition: 1).offset
        #expect(gone == -1 && kept == 3)
        let never = try delete(Conversation.name("never"), topic)
        #expect(never.error == 69)
    }

    /// Kafka reads a consumer's subscription out of what it said when it joined.
    @Test(arguments: BrokerUnderTest.present)
    func offsetsOfASubscribedTopicStay(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let (topic, other) = (try client.makeTopic(), try client.makeTopic())
        var member = TestMember(Conversation.name("group"))
        var subscription: [UInt8] = [0, 0, 0, 0, 0, 1]
        subscription.append(big: topic.utf8.count, 2)
        subscription += Array(topic.utf8) + [255, 255, 255, 255]
        guard case .fields(var joining) = member.joining else { return }
        joining["protocols"] = [["name": "range", "metadata": .bytes(subscription)]]
        let joined = try client.ask(.joinGroup, 3, .fields(joining))
        member.id = joined.member.string ?? ""
        member.generation = joined.generation.int
        let synced = try client.sync(member, giving: [member.id: ""])
        #expect(synced.error == 0)
        for name in [topic, other] {
            let code = try client.commit(member, name, 3)
            let answer = try client.ask(
                .offsetDelete, nil,
                ["group": .text(member.group), "topics": client.place(name, ["index": 0])])
            let found = answer.topics[0].partitions[0].error
            #expect(code == 0 && answer.error == 0 && found == (name == topic ? 86 : 0))
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func theCoordinatorIsTheBroker(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        for version in API.findCoordinator.versions {
            for type in version == 0 ? [0] : [0, 1] {
                let found = try client.ask(
                    .findCoordinator, version, ["key": "anyone", "type": .init(type)])
                #expect(found.error == 0 && found.node == 1 && found.host == "127.0.0.1")
                #expect(found.port == .init(try broker.port()))
            }
        }
        let strange = try client.ask(.findCoordinator, nil, ["key": "anyone", "type": 7])
        #expect(strange.error == 42 && strange.node == -1)
    }
}
