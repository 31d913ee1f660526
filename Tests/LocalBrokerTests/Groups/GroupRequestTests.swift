internal import Glibc
import Testing

@testable import LocalBroker

/// The requests of groups, byte for byte, on a broker with a journal on the disk.
@Suite final class GroupRequestTests {
    private let folder: String
    private var broker: Broker!
    private var slot: UInt64 = 0
    private let topic = Topic(name: "t", id: TopicID(high: 1, low: 2), partitions: 2, configs: [:])

    init() throws {
        var template = Array("/tmp/headway-groups-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        try restart()
        try broker.persist(.topic(topic))
        try broker.openPartitions(of: topic)
    }

    deinit {
        broker = nil
        do { try removeFolder(folder) } catch { Issue.record(error) }
    }

    /// As after kill -9: nothing is written or flushed at the end; the lock goes with the broker.
    private func restart() throws {
        broker = nil
        broker = try Self.opened(folder)
    }

    private static func opened(_ folder: String) throws -> Broker {
        var settings = BrokerSettings(dataDirectory: folder)
        settings.port = 9_999
        let broker = Broker(settings, hooks: FaultHooks(try LoopControl())) { _ in }
        try broker.open()
        broker.wall = 1_000_000_000_000
        broker.monotonic = 5_000
        return broker
    }

    /// Sends one request; what is answered to any request by then, in order.
    private func ask(
        _ api: API, _ version: Int16, _ fill: (inout WireWriter) -> Void
    ) throws -> [[UInt8]] {
        slot += 1
        try broker.send(api, version, slot: slot, fill)
        try broker.flushAll()
        return broker.takeAnswers()
    }

    private func bytes(_ fill: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        fill(&writer)
        return writer.buffer
    }

    private func commit(
        _ version: Int16 = 7, generation: Int32 = -1, member: String = "", topic: String = "t",
        partition: Int32 = 0, offset: Int64, metadata: String = "note"
    ) throws -> [[UInt8]] {
        try ask(.offsetCommit, version) {
            $0.string("g")
            $0.int32(generation)
            $0.string(member)
            if version >= 7 { $0.nullableString(nil) }
            if version < 5 { $0.int64(-1) }
            $0.array([topic]) {
                $0.string($1)
                $0.array([partition]) {
                    $0.int32($1)
                    $0.int64(offset)
                    if version >= 6 { $0.int32(4) }
                    $0.nullableString(metadata)
                }
            }
        }
    }

    private func committed(_ version: Int16, _ error: ErrorCode, topic: String = "t") -> [UInt8] {
        bytes {
            if version >= 3 { $0.int32(0) }
            $0.array([topic]) {
                $0.string($1)
                $0.array([Int32(0)]) {
                    $0.int32($1)
                    $0.error(error)
                }
            }
        }
    }

    private func fetched(_ version: Int16, partitions: [Int32], named: Bool = true) throws
        -> [UInt8]?
    {
        try ask(.offsetFetch, version) {
            $0.string("g")
            if !named { return $0.int32(-1) }
            $0.array(["t"]) {
                $0.string($1)
                $0.array(partitions) { $0.int32($1) }
            }
        }.first
    }

    @Test(arguments: Int16(2)...7)
    func offsetsAreCommittedAndSurvive(version: Int16) throws {
        #expect(try commit(version, offset: 42) == [committed(version, .none)])
        try restart()
        let epoch: Int32 = version >= 6 ? 4 : -1
        for fetch in Int16(1)...5 {
            let answer = try fetched(fetch, partitions: [0, 1])
            let expected = bytes {
                if fetch >= 3 { $0.int32(0) }
                $0.array(["t"]) {
                    $0.string($1)
                    $0.array([(Int32(0), Int64(42), epoch, "note"), (1, -1, -1, "")]) {
                        $0.int32($1.0)
                        $0.int64($1.1)
                        if fetch >= 5 { $0.int32($1.2) }
                        $0.nullableString($1.3)
                        $0.error(.none)
                    }
                }
                if fetch >= 2 { $0.error(.none) }
            }
            #expect(answer == expected)
        }
        #expect(try fetched(2, partitions: [], named: false) == fetched(2, partitions: [0]))
    }

    @Test func commitsAreRefused() throws {
        let long = String(repeating: "x", count: 4_097)
        #expect(
            try commit(offset: 1, metadata: long) == [committed(7, .offsetMetadataTooLarge)])
        #expect(
            try commit(topic: "u", offset: 1)
                == [committed(7, .unknownTopicOrPartition, topic: "u")])
        #expect(
            try commit(generation: 3, member: "m", offset: 1)
                == [committed(7, .illegalGeneration)])
        #expect(try commit(offset: 1) == [committed(7, .none)])
        #expect(
            try commit(generation: 3, member: "m", offset: 1) == [committed(7, .unknownMemberID)])
    }

    @Test(arguments: Int16(0)...2)
    func theCoordinatorIsHere(version: Int16) throws {
        let answer = try ask(.findCoordinator, version) {
            $0.string("g")
            if version >= 1 { $0.int8(1) }
        }
        let expected = bytes {
            if version >= 1 { $0.int32(0) }
            $0.error(.none)
            if version >= 1 { $0.nullableString(nil) }
            $0.int32(1)
            $0.string("127.0.0.1")
            $0.int32(9_999)
        }
        #expect(answer == [expected])
    }

    private func join(_ version: Int16, member: String) throws -> [[UInt8]] {
        try ask(.joinGroup, version) {
            $0.string("g")
            $0.int32(10_000)
            if version >= 1 { $0.int32(20_000) }
            $0.string(member)
            if version >= 5 { $0.nullableString(nil) }
            $0.string("consumer")
            $0.array(["range"]) {
                $0.string($1)
                $0.bytes([0, 1, 0, 0, 0, 1, 0, 1, 0x74])
            }
        }
    }

    /// The member's id out of an answer to JoinGroup.
    private func member(_ answer: [UInt8]?, _ version: Int16) throws -> (ErrorCode?, String) {
        try #require(answer).withUnsafeBytes {
            var reader = WireReader($0)
            if version >= 2 { _ = try reader.int32() }
            let error = ErrorCode(rawValue: try reader.int16())
            _ = (try reader.int32(), try reader.string(), try reader.string())
            return (error, try reader.string())
        }
    }

    private func joined(_ version: Int16) throws -> String {
        var (error, id) = try member(join(version, member: "").first, version)
        #expect(error == (version >= 4 ? .memberIDRequired : ErrorCode.none))
        if version >= 4 { (error, id) = try member(join(version, member: id).first, version) }
        #expect(error == ErrorCode.none)
        return id
    }

    private func sync(_ version: Int16, _ id: String) throws -> [[UInt8]] {
        try ask(.syncGroup, version) {
            $0.string("g")
            $0.int32(1)
            $0.string(id)
            if version >= 3 { $0.nullableString(nil) }
            $0.array([id]) {
                $0.string($1)
                $0.bytes([8, 9])
            }
        }
    }

    @Test(arguments: Int16(0)...5)
    func aMembersLife(version: Int16) throws {
        let id = try joined(version)
        let (short, throttle) = (min(version, 3), [UInt8](repeating: 0, count: version > 0 ? 4 : 0))
        let given = bytes {
            $0.raw(throttle)
            $0.error(.none)
            $0.bytes([8, 9])
        }
        #expect(try sync(short, id) == [given])
        let beat = try ask(.heartbeat, short) {
            $0.string("g")
            $0.int32(1)
            $0.string(id)
            if short >= 3 { $0.nullableString(nil) }
        }
        #expect(beat == [throttle + [0, 0]])
        #expect(try commit(generation: 1, member: id, offset: 1) == [committed(7, .none)])
        #expect(try deleted(0) == bytes { $0.nonEmpty("g", .nonEmptyGroup) })
        #expect(try offsetDeleted() == bytes { $0.offsetDeleted("t", .groupSubscribedToTopic) })
        let left = try ask(.leaveGroup, short) {
            $0.string("g")
            if short < 3 { return $0.string(id) }
            $0.array([id, "other"]) {
                $0.string($1)
                $0.nullableString(nil)
            }
        }
        let expected = bytes {
            $0.raw(throttle)
            $0.error(.none)
            if short < 3 { return }
            $0.array([(id, ErrorCode.none), ("other", .unknownMemberID)]) {
                $0.string($1.0)
                $0.nullableString(nil)
                $0.error($1.1)
            }
        }
        #expect(left == [expected])
        #expect(try offsetDeleted() == bytes { $0.offsetDeleted("t", .none) })
        #expect(try deleted(1) == bytes { $0.nonEmpty("g", .none) })
        #expect(try deleted(1) == bytes { $0.nonEmpty("g", .groupIDNotFound) })
    }

    private func deleted(_ version: Int16) throws -> [UInt8]? {
        try ask(.deleteGroups, version) { $0.array(["g"]) { $0.string($1) } }.first
    }

    private func offsetDeleted() throws -> [UInt8]? {
        try ask(.offsetDelete, 0) {
            $0.string("g")
            $0.array(["t"]) {
                $0.string($1)
                $0.array([Int32(0)]) { $0.int32($1) }
            }
        }.first
    }

    @Test(arguments: Int16(0)...4)
    func groupsAreDescribedAndListed(version: Int16) throws {
        let id = try joined(0)
        _ = try sync(0, id)
        let answer = try ask(.describeGroups, version) {
            $0.array(["g", "none"]) { $0.string($1) }
            if version >= 3 { $0.bool(true) }
        }
        let expected = bytes {
            if version >= 1 { $0.int32(0) }
            $0.array(["g", "none"]) { writer, name in
                let isThere = name == "g"
                writer.error(.none)
                writer.string(name)
                writer.string(isThere ? "Stable" : "Dead")
                writer.string(isThere ? "consumer" : "")
                writer.string(isThere ? "range" : "")
                writer.array(isThere ? [id] : []) {
                    $0.string($1)
                    if version >= 4 { $0.nullableString(nil) }
                    $0.string("c")
                    $0.string("/127.0.0.1")
                    $0.bytes([0, 1, 0, 0, 0, 1, 0, 1, 0x74])
                    $0.bytes([8, 9])
                }
                if version >= 3 { writer.int32(328) }
            }
        }
        #expect(answer == [expected])
        let list = try ask(.listGroups, min(version, 2)) { _ in }
        let listed = bytes {
            if version >= 1 { $0.int32(0) }
            $0.error(.none)
            $0.array(["g"]) {
                $0.string($1)
                $0.string("consumer")
            }
        }
        #expect(list == [listed])
    }

    @Test func aRestartKeepsOffsetsAndForgetsMembers() throws {
        let id = try joined(0)
        _ = try sync(0, id)
        _ = try commit(generation: 1, member: id, offset: 7)
        try restart()
        let beat = try ask(.heartbeat, 0) {
            $0.string("g")
            $0.int32(1)
            $0.string(id)
        }
        #expect(beat == [[0, 25]])
        #expect(
            try commit(generation: 1, member: id, offset: 8) == [committed(7, .unknownMemberID)])
        #expect(broker.offsets["g", TopicPartition(topic: "t", partition: 0)]?.offset == 7)
    }

    @Test func offsetsOfUnusedGroupsExpireAfterAWeek() throws {
        let week: Int64 = 7 * 86_400_000
        _ = try commit(offset: 7)
        try broker.timePassed()
        broker.wall += week + 1
        broker.monotonic += week - 1
        try broker.timePassed()
        #expect(broker.offsets.has("g"), "nobody knows how long the group was unused before")
        broker.monotonic += 600_000
        try broker.timePassed()
        #expect(!broker.offsets.has("g"))
    }
}

extension WireWriter {
    fileprivate mutating func nonEmpty(_ group: String, _ error: ErrorCode) {
        int32(0)
        array([group]) {
            $0.string($1)
            $0.error(error)
        }
    }

    fileprivate mutating func offsetDeleted(_ topic: String, _ code: ErrorCode) {
        error(.none)
        int32(0)
        array([topic]) {
            $0.string($1)
            $0.array([Int32(0)]) {
                $0.int32($1)
                $0.error(code)
            }
        }
    }
}
