internal import Glibc
import Testing

@testable import LocalBroker

/// The administration requests, byte for byte, each version's answer read by the protocol's fields.
@Suite struct AdminRequestTests {
    private let driver: AdminDriver

    init() throws { driver = try AdminDriver() }

    // MARK: ApiVersions

    private func table(_ bytes: some Collection<UInt8>) -> [Int16: ClosedRange<Int16>] {
        var table: [Int16: ClosedRange<Int16>] = [:]
        bytes.withContiguousStorageIfAvailable { entries in
            for at in stride(from: 0, to: entries.count, by: 6) {
                func int16(_ index: Int) -> Int16 {
                    Int16(entries[at + index]) << 8 | Int16(entries[at + index + 1])
                }
                table[int16(0)] = int16(2)...int16(4)
            }
        }
        return table
    }

    private let offer = Dictionary(
        uniqueKeysWithValues: API.allCases.map {
            ($0.rawValue, $0.lowestTold...$0.versions.upperBound)
        })

    @Test(arguments: [0, 1, 2, 4, 99, -1] as [Int16])
    func classicTable(version: Int16) throws {
        let bytes = try driver.ask(.apiVersions, version) { _ in }
        let isKnown = 0...3 ~= version
        let count = UInt8(API.allCases.count)
        #expect(Array(bytes.prefix(6)) == [0, isKnown ? 0 : 35, 0, 0, 0, count])
        let entries = bytes.dropFirst(6).prefix(6 * Int(count))
        #expect(table(entries) == offer)
        #expect(
            Array(bytes.dropFirst(6 + 6 * Int(count)))
                == (isKnown && version > 0 ? [0, 0, 0, 0] : []))
    }

    @Test func flexibleTable() throws {
        let bytes = try driver.ask(.apiVersions, 3) { $0.raw([2, 0x61, 2, 0x62, 0]) }
        #expect(Array(bytes.prefix(3)) == [0, 0, UInt8(API.allCases.count) + 1])
        let entries = Array(bytes.dropFirst(3).dropLast(5))
        #expect(entries.count == 7 * API.allCases.count)
        let tags = stride(from: 6, to: entries.count, by: 7).map { entries[$0] }
        #expect(tags.allSatisfy { $0 == 0 })
        let plain = entries.enumerated().filter { $0.offset % 7 != 6 }.map(\.element)
        #expect(table(plain) == offer)
        #expect(Array(bytes.suffix(5)) == [0, 0, 0, 0, 0])
    }

    // MARK: Metadata and DescribeCluster

    private let metadata = AnswerFields(
        """
        3+ int32 [ int32 string int32 1+ nullable ] 2+ nullable 1+ int32
        [ int16 string 1+ int8
          [ int16 int32 int32 7+ int32 [ int32 ] [ int32 ] 5+ [ int32 ] ] 8+ int32 ]
        8+ int32
        """)

    private func ask(_ version: Int16, _ names: [String]?, operations: Bool = false) throws
        -> String
    {
        let bytes = try driver.ask(.metadata, version) { request in
            if let names { request.array(names) { $0.string($1) } } else { request.int32(-1) }
            if version >= 4 { request.bool(true) }
            if version >= 8 { for _ in 0..<2 { request.bool(operations) } }
        }
        return try metadata.read(bytes, version: Int(version))
    }

    @Test(arguments: 0...8 as ClosedRange<Int16>)
    func metadataOfEachVersion(version: Int16) throws {
        _ = try driver.create([TopicWish(name: "t", partitions: 2)])
        let flag = version >= 1 ? " 0" : ""
        let (epoch, offline) = (version >= 7 ? " 1" : "", version >= 5 ? " []" : "")
        let operations = version >= 8 ? " \(Int32.min)" : ""
        let partitions = [0, 1].map { "0 \($0) 1\(epoch) [1] [1]\(offline)" }
        let expected =
            (version >= 3 ? "0 " : "") + "[1 '127.0.0.1' 9999\(version >= 1 ? " null" : "")]"
            + (version >= 2 ? " 'headway-local'" : "") + (version >= 1 ? " 1" : "")
            + " [0 't'\(flag) [\(partitions.joined(separator: ", "))]\(operations)"
            + ", 3 'n'\(flag) []\(operations), 17 'a b'\(flag) []\(operations)"
            + "]\(operations)"
        #expect(try ask(version, ["t", "n", "a b", "t"]) == expected)
    }

    /// An empty list means all in version 0 alone; no list means all since then.
    @Test func allTopics() throws {
        _ = try driver.create([TopicWish(name: "b"), TopicWish(name: "a")])
        let all = "[1 '127.0.0.1' 9999 null] 1 [0 'a' 0 [0 0 1 [1] [1]], 0 'b' 0 [0 0 1 [1] [1]]]"
        #expect(try ask(0, []).contains("'a'") && ask(0, []).contains("'b'"))
        #expect(try ask(1, nil) == all)
        #expect(try ask(1, []) == "[1 '127.0.0.1' 9999 null] 1 []")
    }

    @Test func operationsWhenAsked() throws {
        _ = try driver.create([TopicWish(name: "t")])
        #expect(try ask(8, ["t"], operations: true).hasSuffix(" 3576] 8096"))
    }

    @Test(arguments: [(false, [0x80, 0, 0, 0]), (true, [0, 0, 0x1F, 0xA0])] as [(Bool, [UInt8])])
    func cluster(isAsked: Bool, operations: [UInt8]) throws {
        let bytes = try driver.ask(.describeCluster, 0) {
            $0.bool(isAsked)
            $0.unsignedVarint(0)
        }
        let expected: [UInt8] =
            [0, 0, 0, 0, 0, 0, 0, 14] + Array("headway-local".utf8) + [0, 0, 0, 1, 2, 0, 0, 0, 1]
            + [10] + Array("127.0.0.1".utf8) + [0, 0, 0x27, 0x0F, 0, 0] + operations + [0]
        #expect(bytes == expected)
    }

    // MARK: topics are made, grown and deleted

    @Test(arguments: 2...4 as ClosedRange<Int16>)
    func topicsAreMade(version: Int16) throws {
        let answer = try driver.create(
            [
                TopicWish(name: "a", partitions: 3, configs: [("retention.ms", " 7 ")]),
                TopicWish(name: "d"), TopicWish(name: "a.b"), TopicWish(name: "a_b"),
                TopicWish(name: "d"),
            ], version: version)
        #expect(
            answer == "0 ['a' 0 null, 'd' 42 'Each name must appear at most once.', 'a.b' 0 null, "
                + "'a_b' 17 'Topic 'a_b' collides with existing topic: a.b']")
        let topics = driver.broker.catalogue.topics
        #expect(topics.keys.sorted() == ["a", "a.b"])
        #expect(topics["a"]?.configs == ["retention.ms": "7"])
        #expect(driver.broker.partitions.keys.count { $0.topic == "a" } == 3)
        let before = driver.broker.catalogue
        try driver.restart()
        #expect(driver.broker.catalogue == before)
        #expect(driver.broker.partitions.keys.count { $0.topic == "a" } == 3)
    }

    @Test func whatIsOnlyCheckedIsNotMade() throws {
        let answer = try driver.create([TopicWish(name: "t")], checkOnly: true)
        #expect(answer == "0 ['t' 0 null]")
        #expect(driver.broker.catalogue.topics.isEmpty && driver.broker.partitions.isEmpty)
    }

    /// An answer is an acknowledgement: it waits for the disk.
    @Test func nothingIsAnsweredBeforeTheFlush() throws {
        try driver.begin(.createTopics, 4) { request in
            request.array([TopicWish(name: "t")]) { $0.wish($1) }
            request.int32(0)
            request.bool(false)
        }
        #expect(driver.broker.takeOutbox().isEmpty)
        try driver.flush()
        #expect(driver.broker.takeOutbox().count == 1)
    }

    /// A partition whose files cannot be opened leaves no half-made topic behind.
    @Test func aTopicWithoutFilesIsNotMade() throws {
        let topics = driver.settings.dataDirectory + "/topics"
        try removeFolder(topics)
        try LogFile(path: topics, flags: O_WRONLY | O_CREAT).write([1], at: 0)
        let answer = try driver.create([TopicWish(name: "t")])
        #expect(answer.hasPrefix("0 ['t' 56 '"))
        #expect(driver.broker.catalogue.topics.isEmpty && driver.broker.partitions.isEmpty)
        unlink(topics)
    }

    private func grow(_ name: String, _ count: Int32, version: Int16 = 1, checkOnly: Bool = false)
        throws -> String
    {
        let bytes = try driver.ask(.createPartitions, version) { request in
            request.array([name]) { request, name in
                request.string(name)
                request.int32(count)
                request.int32(-1)
            }
            request.int32(0)
            request.bool(checkOnly)
        }
        return try AnswerFields("int32 [ string int16 nullable ]").read(bytes, version: 1)
    }

    @Test(arguments: [0, 1] as [Int16])
    func topicsGrow(version: Int16) throws {
        _ = try driver.create([TopicWish(name: "t")])
        #expect(try grow("t", 3, version: version, checkOnly: true) == "0 ['t' 0 null]")
        #expect(driver.broker.partitions.count == 1)
        #expect(try grow("t", 3, version: version) == "0 ['t' 0 null]")
        #expect(driver.broker.partitions.count == 3)
        #expect(
            try grow("t", 3, version: version)
                == "0 ['t' 37 'Topic already has 3 partition(s).']")
        #expect(
            try grow("t", 2, version: version)
                == "0 ['t' 37 'The topic t currently has 3 partition(s); 2 would not be an "
                + "increase.']")
        #expect(try grow("n", 2, version: version) == "0 ['n' 3 null]")
    }

    @Test(arguments: 1...3 as ClosedRange<Int16>)
    func topicsAreDeleted(version: Int16) throws {
        _ = try driver.create([TopicWish(name: "t", partitions: 2), TopicWish(name: "kept")])
        let first = try #require(driver.broker.catalogue.topics["t"])
        let bytes = try driver.ask(.deleteTopics, version) { request in
            request.array(["t", "n", "d", "d", "a b"]) { $0.string($1) }
            request.int32(0)
        }
        let answer = try AnswerFields("int32 [ string int16 ]").read(bytes, version: 1)
        #expect(answer == "0 ['t' 0, 'n' 3, 'd' 42, 'a b' 3]")
        #expect(driver.broker.partitions.keys.map(\.topic) == ["kept"])
        let folders = try folderContents(driver.settings.dataDirectory + "/topics")
        #expect(!folders.contains(first.id.hexadecimal))
        _ = try driver.create([TopicWish(name: "t")])
        let second = try #require(driver.broker.catalogue.topics["t"])
        #expect(second.id != first.id)
        let partition = driver.broker.partitions[TopicPartition(topic: "t", partition: 0)]
        #expect(partition?.endOffset == 0 && partition?.topicID == second.id)
    }

    /// Who waits for its next record is told that there is none.
    @Test func waitingFetchesAreAnswered() throws {
        _ = try driver.create([TopicWish(name: "t")])
        try driver.begin(.fetch, 4) { request in
            for number in [-1, 10_000, 1, 1 << 20] as [Int32] { request.int32(number) }
            request.int8(0)
            request.array(["t"]) { request, name in
                request.string(name)
                request.array([0] as [Int32]) { request, index in
                    request.int32(index)
                    request.int64(0)
                    request.int32(1 << 20)
                }
            }
        }
        try driver.flush()
        #expect(driver.broker.takeOutbox().isEmpty)
        try driver.begin(.deleteTopics, 1) { request in
            request.array(["t"]) { $0.string($1) }
            request.int32(0)
        }
        try driver.flush()
        #expect(Set(driver.broker.takeOutbox().map(\.call.api)) == [.fetch, .deleteTopics])
    }

    // MARK: settings

    private func describe(
        _ version: Int16, _ resources: [(Int8, String)], keys: [String]? = nil,
        synonyms: Bool = false
    ) throws -> String {
        let bytes = try driver.ask(.describeConfigs, version) { request in
            request.array(resources) { request, resource in
                request.int8(resource.0)
                request.string(resource.1)
                if let keys { request.array(keys) { $0.string($1) } } else { request.int32(-1) }
            }
            request.bool(synonyms)
            if version >= 3 { request.bool(false) }
        }
        return try AnswerFields(
            """
            int32 [ int16 nullable int8 string
              [ string nullable int8 int8 int8 [ string nullable int8 ] 3+ int8 3+ nullable ] ]
            """
        ).read(bytes, version: Int(version))
    }

    @Test(arguments: 1...3 as ClosedRange<Int16>)
    func settingsAreShown(version: Int16) throws {
        _ = try driver.create([TopicWish(name: "t", configs: [("retention.ms", "7")])])
        let keys = ["retention.ms", "cleanup.policy", "nope"]
        let (list, long) = (version >= 3 ? " 7 null" : "", version >= 3 ? " 5 null" : "")
        #expect(
            try describe(version, [(2, "t"), (2, "t")], keys: keys)
                == "0 [0 '' 2 't' ['cleanup.policy' 'delete' 0 5 0 []\(list), "
                + "'retention.ms' '7' 0 1 0 []\(long)]]")
        #expect(
            try describe(version, [(2, "t")], keys: ["retention.ms"], synonyms: true)
                == "0 [0 '' 2 't' ['retention.ms' '7' 0 1 0 ['retention.ms' '7' 1]\(long)]]")
    }

    @Test func allSettingsAreShown() throws {
        _ = try driver.create([TopicWish(name: "t")])
        let answer = try describe(1, [(2, "t")])
        for setting in TopicSetting.all { #expect(answer.contains("'\(setting.name)' ")) }
        #expect(try describe(1, [(2, "t")], keys: []) == answer)
        let broker = try describe(1, [(4, "1")])
        #expect(broker.contains("'log.dirs' '\(driver.settings.dataDirectory)' 1 4 0 []"))
    }

    @Test func whatIsNotThereIsToldSo() throws {
        #expect(try describe(1, [(2, "n"), (4, "")]) == "0 [3 '' 2 'n' [], 0 '' 4 '' []]")
        #expect(try describe(1, [(2, "a b")]).hasPrefix("0 [17 'Topic name is invalid: "))
        #expect(try describe(1, [(4, "7")]).hasPrefix("0 [42 'Unexpected broker id, expected 1"))
        #expect(try describe(1, [(8, "1")]).hasPrefix("0 [42 '"))
    }

    /// A change holds for open partitions at once.
    @Test func settingsAreChanged() throws {
        _ = try driver.create([TopicWish(name: "t", partitions: 2)])
        let set = TopicChange(key: "retention.ms", operation: 0, value: "5")
        #expect(try driver.alter("t", [set], checkOnly: true) == "0 [0 null 2 't']")
        #expect(driver.broker.catalogue.topics["t"]?.configs == [:])
        #expect(try driver.alter("t", [set]) == "0 [0 null 2 't']")
        #expect(
            driver.broker.partitions.values.map(\.settings.retentionMilliseconds) == [5, 5])
        try driver.restart()
        #expect(driver.broker.catalogue.topics["t"]?.configs == ["retention.ms": "5"])
        #expect(
            driver.broker.partitions.values.map(\.settings.retentionMilliseconds) == [5, 5])
        let unset = TopicChange(key: "retention.ms", operation: 1, value: nil)
        #expect(try driver.alter("t", [unset]) == "0 [0 null 2 't']")
        #expect(
            driver.broker.partitions.values.map(\.settings.retentionMilliseconds)
                == [604_800_000, 604_800_000])
        #expect(try driver.alter("t", [set, unset]).hasPrefix("0 [42 '"))
        #expect(try driver.alter("n", [set]) == "0 [3 'The topic 'n' does not exist.' 2 'n']")
        #expect(try driver.alter("", [set]).hasPrefix("0 [42 '"))
    }
}
