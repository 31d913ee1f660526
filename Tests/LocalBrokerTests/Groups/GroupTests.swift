import Testing

@testable import LocalBroker

/// One rule of the classic protocol each.
@Suite struct GroupTests {
    typealias Driver = GroupDriver

    @Test func theFirstMemberLeadsAtOnce() {
        var driver = Driver()
        let join = driver.join(Driver.request(metadata: [7]))
        let answer = driver.joins[join]
        #expect(answer?.generation == 1 && answer?.leader == "m1" && answer?.member == "m1")
        #expect(answer?.protocolName == "range")
        #expect(answer?.members == [.init(id: "m1", instance: nil, metadata: [7])])
        #expect(driver.state == .completingRebalance)
        let sync = driver.sync("m1", 1, ["m1": [1, 2]])
        #expect(driver.syncs[sync]?.assignment == [1, 2] && driver.state == .stable)
    }

    @Test func aSecondMemberMakesEverybodyJoinAgain() {
        var driver = Driver()
        driver.join(Driver.request())
        driver.sync("m1", 1, [:])
        let second = driver.join(Driver.request())
        #expect(driver.joins[second] == nil && driver.state == .preparingRebalance)
        #expect(driver.heartbeat("m1", 1) == .rebalanceInProgress)
        let first = driver.join(Driver.request("m1"))
        #expect(driver.joins[first]?.members.map(\.id) == ["m1", "m\(second)"])
        #expect(driver.joins[second]?.members == [] && driver.joins[second]?.leader == "m1")
        #expect(driver.joins[second]?.generation == 2)
    }

    @Test func followersWaitForTheLeadersSync() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        let first = driver.join(Driver.request(ids[0]))
        driver.join(Driver.request(ids[1]))
        let generation = driver.joins[first]?.generation ?? 0
        let waiting = driver.sync(ids[1], generation)
        #expect(driver.syncs[waiting] == nil)
        // A session does not end while its member waits.
        driver.pass(9_000)
        #expect(driver.heartbeat(ids[0], generation) == .none)
        driver.pass(9_000)
        driver.sync(ids[0], generation, driver.shares(ids))
        #expect(driver.syncs[waiting]?.assignment == Array(ids[1].utf8))
        let again = driver.sync(ids[1], generation)
        #expect(driver.syncs[again]?.assignment == Array(ids[1].utf8))
    }

    @Test func aDynamicMemberIsToldItsIDFirst() {
        var driver = Driver()
        let first = driver.join(Driver.request(needsID: true))
        #expect(driver.joins[first]?.error == .memberIDRequired)
        #expect(driver.joins[first]?.member == "m1" && driver.group?.members.isEmpty == true)
        let second = driver.join(Driver.request("m1", needsID: true))
        #expect(driver.joins[second]?.error == ErrorCode.none)
        #expect(driver.group?.pending.isEmpty == true)
    }

    /// A rebalance waits for those who were told an id, as long as their session would last.
    @Test func pendingMembersAreWaitedFor() {
        var driver = Driver()
        driver.join(Driver.request())
        driver.sync("m1", 1, [:])
        driver.join(Driver.request(session: 5_000, needsID: true))
        let again = driver.join(Driver.request("m1"))
        #expect(driver.joins[again] == nil)
        driver.pass(5_000)
        #expect(driver.joins[again]?.generation == 2)
    }

    @Test func theProtocolWithMostVotesOfThoseThatAllHave() {
        var driver = Driver()
        driver.join(Driver.request(protocols: ["a", "b", "c"]))
        driver.join(Driver.request(protocols: ["c", "b"]))
        let third = driver.join(Driver.request(protocols: ["b", "c"]))
        let stranger = driver.join(Driver.request(protocols: ["a"]))
        #expect(driver.joins[stranger]?.error == .inconsistentGroupProtocol)
        let connect = driver.join(Driver.request(protocols: ["b"], type: "connect"))
        #expect(driver.joins[connect]?.error == .inconsistentGroupProtocol)
        driver.join(Driver.request("m1", protocols: ["a", "b", "c"]))
        #expect(driver.joins[third]?.protocolName == "b")
    }

    @Test func whoDoesNotJoinAgainIsOut() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        let third = driver.join(Driver.request(rebalance: 20_000))
        driver.join(Driver.request(ids[1]))
        for _ in 0..<3 {
            driver.pass(9_000)
            #expect(driver.heartbeat(ids[0], 2) == .rebalanceInProgress)
        }
        driver.pass(3_000)
        #expect(driver.joins[third]?.generation == 3)
        // The eldest of those who joined leads.
        #expect(driver.joins[third]?.leader == ids[1])
        #expect(driver.heartbeat(ids[0], 2) == .unknownMemberID)
    }

    @Test func whoDoesNotSyncIsOut() {
        var driver = Driver()
        let slots = [driver.join(Driver.request()), driver.join(Driver.request())]
        driver.join(Driver.request("m1"))
        #expect(driver.joins[slots[1]]?.generation == 2)
        let waiting = driver.sync("m2", 2)
        for _ in 0..<3 {
            driver.pass(9_000)
            #expect(driver.heartbeat("m1", 2) == .none)
        }
        driver.pass(3_000)
        #expect(driver.syncs[waiting]?.error == .rebalanceInProgress)
        #expect(driver.group?.members.map(\.id) == ["m2"])
        let again = driver.join(Driver.request("m2"))
        #expect(driver.joins[again]?.leader == "m2")
    }

    @Test func silentMembersAreOutAndTheGroupRebalances() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request(session: 20_000)])
        driver.pass(10_000)
        #expect(driver.group?.members.map(\.id) == [ids[1]])
        #expect(driver.heartbeat(ids[1], 2) == .rebalanceInProgress)
        driver.pass(40_000)
        #expect(driver.state == .empty && driver.group?.generation == 3)
        #expect(driver.heartbeat(ids[1], 2) == .unknownMemberID)
    }

    @Test func heartbeatsAreCheckedAndKeepASession() {
        var driver = Driver()
        let ids = driver.stable([Driver.request()])
        for _ in 0..<5 {
            driver.pass(9_999)
            #expect(driver.heartbeat(ids[0], 1) == .none)
        }
        #expect(driver.heartbeat(ids[0], 0) == .illegalGeneration)
        #expect(driver.heartbeat("nobody", 1) == .unknownMemberID)
        let stranger = Membership(group: "none", generation: 1, id: ids[0], instance: nil)
        #expect(driver.machine.heartbeat(stranger, now: 0) == .unknownMemberID)
        let late = driver.sync(ids[0], 0)
        #expect(driver.syncs[late]?.error == .illegalGeneration)
    }

    @Test func leaving() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        #expect(driver.leave(ids[0]) == .none)
        #expect(driver.leave(ids[0]) == .unknownMemberID)
        #expect(driver.state == .preparingRebalance && driver.group?.leader == ids[1])
        #expect(driver.leave(ids[1]) == .none)
        #expect(driver.state == .empty && driver.group?.leader == nil)
        let pending = driver.join(Driver.request(needsID: true))
        #expect(driver.leave("m\(pending)") == .none)
        #expect(driver.group?.pending.isEmpty == true)
    }

    /// One that waits for the others to join leaves by another connection.
    @Test func leavingAnswersWhatWaits() {
        var driver = Driver()
        driver.join(Driver.request())
        let second = driver.join(Driver.request())
        driver.leave("m2")
        #expect(driver.joins[second]?.error == .unknownMemberID)
    }

    @Test func aFollowerMayAskAgainWithoutARebalance() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        let same = driver.join(Driver.request(ids[1]))
        #expect(driver.joins[same]?.generation == 2 && driver.state == .stable)
        let changed = driver.join(Driver.request(ids[1], metadata: [9]))
        #expect(driver.joins[changed] == nil && driver.state == .preparingRebalance)
    }

    @Test func theLeaderAsksForARebalanceByJoining() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        driver.join(Driver.request(ids[0]))
        #expect(driver.heartbeat(ids[1], 2) == .rebalanceInProgress)
    }

    @Test func aClosedConnectionForgetsItsRequestAndNotItsMember() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        let first = driver.join(Driver.request(ids[0]), connection: 77)
        driver.close(77)
        driver.join(Driver.request(ids[1]))
        #expect(driver.joins[first] == nil && driver.state == .preparingRebalance)
        driver.pass(9_999)
        #expect(driver.group?.members.count == 2)
        driver.pass(1)
        #expect(driver.group?.members.map(\.id) == [ids[1]])
        #expect(driver.state == .completingRebalance && driver.joins[first] == nil)
    }

    @Test func aSecondJoinOfTheSameMemberEndsTheFirst() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(), Driver.request()])
        driver.join(Driver.request(ids[0]))
        let again = driver.join(Driver.request(ids[0]))
        driver.join(Driver.request(ids[1]))
        #expect(driver.joins[again]?.generation == 3)
    }

    /// As many as the limit allows join, and one by one fall silent again.
    @Test func fiveHundredMembers() {
        var driver = Driver()
        let ids = driver.stable((0..<500).map { _ in Driver.request(metadata: [0, 1, 2]) })
        #expect(Set(ids).count == 500 && driver.group?.generation == 2)
        for (at, id) in ids.enumerated() where at.isMultiple(of: 2) {
            driver.pass(10)
            #expect(driver.heartbeat(id, 2) == .none)
        }
        driver.pass(7_500)
        #expect(driver.group?.members.count == 250 && driver.state == .preparingRebalance)
    }

    @Test func limits() {
        var driver = Driver()
        driver.limits.groupMembersMax = 2
        driver.limits.groupMetadataBytesMax = 100
        driver.limits.groupsMax = 2
        driver.join(Driver.request())
        driver.join(Driver.request(needsID: true))
        let third = driver.join(Driver.request())
        #expect(driver.joins[third]?.error == .groupMaxSizeReached)
        let fat = [UInt8](repeating: 0, count: 100)
        let heavy = driver.join(Driver.request("m2", metadata: fat))
        #expect(driver.joins[heavy]?.error == .groupMaxSizeReached)
        driver.join(Driver.request(), group: "h")
        let further = driver.join(Driver.request(), group: "i")
        #expect(driver.joins[further]?.error == .groupMaxSizeReached)
        let nameless = driver.join(Driver.request(), group: "")
        #expect(driver.joins[nameless]?.error == .invalidGroupID)
        let hasty = driver.join(Driver.request(session: 10))
        #expect(driver.joins[hasty]?.error == .invalidSessionTimeout)
    }

    // MARK: static members

    @Test func aStaticMemberComesBackWithoutARebalance() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(instance: "a"), Driver.request(instance: "b")])
        let back = driver.join(Driver.request(instance: "a", metadata: [3]))
        let answer = driver.joins[back]
        #expect(answer?.generation == 2 && answer?.member == "m\(back)")
        // The old id as the leader: it does not assign again.
        #expect(answer?.leader == ids[0] && answer?.members == [])
        #expect(driver.group?.leader == "m\(back)" && driver.state == .stable)
        let sync = driver.sync("m\(back)", 2, instance: "a")
        #expect(driver.syncs[sync]?.assignment == Array(ids[0].utf8))
        #expect(driver.heartbeat(ids[0], 2, instance: "a") == .fencedInstanceID)
        #expect(driver.commit(ids[0], 2, instance: "a") == .fencedInstanceID)
        let late = driver.join(Driver.request(ids[0], instance: "a"))
        #expect(driver.joins[late]?.error == .fencedInstanceID)
        #expect(driver.heartbeat(ids[1], 2, instance: "b") == .none)
    }

    @Test func aStaticMemberThatChangesTheProtocolMakesARebalance() {
        var driver = Driver()
        _ = driver.stable([
            Driver.request(instance: "a", protocols: ["x", "y"]),
            Driver.request(instance: "b", protocols: ["x", "y"]),
        ])
        driver.join(Driver.request(instance: "a", protocols: ["y"]))
        #expect(driver.state == .preparingRebalance)
    }

    @Test func aStaticMemberIsReplacedWhileItWaits() {
        var driver = Driver()
        _ = driver.stable([Driver.request(instance: "a"), Driver.request(instance: "b")])
        let third = driver.join(Driver.request(instance: "c"))
        let twin = driver.join(Driver.request(instance: "c"))
        #expect(driver.joins[third]?.error == .fencedInstanceID && driver.joins[twin] == nil)
    }

    @Test func aStaticMemberOutlivesTheRebalanceButNotItsSession() {
        var driver = Driver()
        let ids = driver.stable([
            Driver.request(instance: "a", session: 60_000), Driver.request(),
        ])
        let third = driver.join(Driver.request())
        driver.join(Driver.request(ids[1]))
        driver.pass(30_000)
        let answer = driver.joins[third]
        #expect(answer?.generation == 3 && answer?.leader == ids[1])
        #expect(driver.group?.members.count == 3)
        // It is assigned to, and does not fetch what it is assigned.
        driver.sync(ids[1], 3, driver.shares(ids + ["m\(third)"]))
        driver.sync("m\(third)", 3)
        for _ in 0..<3 {
            driver.pass(10_000 - 1)
            _ = driver.heartbeat(ids[1], 3)
            _ = driver.heartbeat("m\(third)", 3)
        }
        driver.pass(3)
        #expect(driver.group?.members.count == 2)
    }

    @Test func aStaticMemberLeavesByItsInstance() {
        var driver = Driver()
        let ids = driver.stable([Driver.request(instance: "a")])
        #expect(driver.leave("other", instance: "a") == .fencedInstanceID)
        #expect(driver.leave(ids[0], instance: "z") == .unknownMemberID)
        #expect(driver.leave("", instance: "a") == .none)
        #expect(driver.state == .empty)
    }

    // MARK: commits

    @Test func whoMayCommit() {
        var driver = Driver()
        #expect(driver.commit("", -1) == .none)
        #expect(driver.commit("m1", 1) == .illegalGeneration)
        driver.join(Driver.request())
        #expect(driver.commit("m1", 1) == .rebalanceInProgress)
        driver.sync("m1", 1, [:])
        #expect(driver.commit("m1", 1) == .none)
        #expect(driver.commit("m1", 2) == .illegalGeneration)
        #expect(driver.commit("", -1) == .unknownMemberID)
        driver.join(Driver.request())
        #expect(driver.commit("m1", 1) == .none, "the rebalance is told by heartbeats")
        driver.leave("m1")
        driver.leave("m\(2)")
        #expect(driver.commit("m1", 1) == .unknownMemberID)
    }

    @Test func subscriptionsAreRead() {
        var writer = WireWriter()
        writer.int16(1)
        writer.array(["orders", "others"]) { $0.string($1) }
        #expect(Driver.request(metadata: writer.buffer).topics == ["orders", "others"])
        #expect(Driver.request(metadata: [0, 1, 9]).topics == [])
    }
}
