import Testing

@testable import LocalBroker

@Suite struct TopicSettingsTests {
    private func sentence(_ configs: [String: String]) -> String? {
        do throws(Refusal) {
            _ = try TopicSettings(configs)
            return nil
        } catch {
            #expect(error.code == .invalidConfig)
            return error.message
        }
    }

    /// What is shown as a default is what holds where nothing is set.
    @Test func defaultsAreThose() throws {
        let shown = Dictionary(
            uniqueKeysWithValues: TopicSetting.all.map { ($0.name, $0.standard) })
        #expect(try TopicSettings(shown) == TopicSettings())
        #expect(TopicSetting.all.map(\.name) == TopicSetting.all.map(\.name).sorted())
    }

    @Test func whatIsSetHolds() throws {
        let settings = try TopicSettings([
            "cleanup.policy": "compact", "retention.ms": "5", "retention.bytes": "6",
            "segment.bytes": "7000000", "segment.ms": "8", "max.message.bytes": "9",
            "message.timestamp.type": "LogAppendTime", "message.timestamp.before.max.ms": "10",
            "message.timestamp.after.max.ms": "11", "delete.retention.ms": "12",
            "min.cleanable.dirty.ratio": "0.25", "min.compaction.lag.ms": "13",
            "max.compaction.lag.ms": "14",
        ])
        var expected = TopicSettings()
        expected.isCompacted = true
        expected.isDeleted = false
        expected.retentionMilliseconds = 5
        expected.retentionBytes = 6
        expected.segmentBytes = 7_000_000
        expected.segmentMilliseconds = 8
        expected.messageBytesMax = 9
        expected.hasLogAppendTime = true
        expected.timestampBeforeMillisecondsMax = 10
        expected.timestampAfterMillisecondsMax = 11
        expected.deleteRetentionMilliseconds = 12
        expected.cleanableDirtyRatio = 0.25
        expected.compactionLagMillisecondsMin = 13
        expected.compactionLagMillisecondsMax = 14
        #expect(settings == expected)
    }

    @Test(arguments: [
        ("compact , delete", true, true), ("compact,delete", true, true), ("", false, false),
        ("compact,compact", true, false), (" delete ", false, true),
    ])
    func policies(value: String, isCompacted: Bool, isDeleted: Bool) throws {
        let settings = try TopicSettings(["cleanup.policy": value])
        #expect(settings.isCompacted == isCompacted && settings.isDeleted == isDeleted)
    }

    @Test(arguments: [
        ("segment.bytes", " 2000000 "), ("preallocate", " TRUE "), ("retention.bytes", "-5"),
        ("leader.replication.throttled.replicas", "*"), ("compression.type", "lz4"),
        ("follower.replication.throttled.replicas", "0:1,1:1"), ("min.insync.replicas", "2"),
        ("flush.messages", "9223372036854775807"), ("compression.zstd.level", "-131072"),
        ("remote.storage.enable", "false"), ("min.cleanable.dirty.ratio", "1"),
        ("message.downconversion.enable", "false"),
    ])
    func accepted(key: String, value: String) {
        #expect(sentence([key: value]) == nil)
    }

    /// Each with the reason that Kafka gives.
    @Test(arguments: [
        ("retention.ms", "x", "Not a number of type LONG"),
        ("retention.ms", "", "Not a number of type LONG"),
        ("retention.ms", "-2", "Value must be at least -1"),
        ("retention.ms", "9223372036854775808", "Not a number of type LONG"),
        ("segment.bytes", "5", "Value must be at least 14"),
        ("segment.bytes", "99999999999", "Not a number of type INT"),
        ("segment.bytes", "", "Not a number of type INT"),
        ("segment.ms", "0", "Value must be at least 1"),
        ("min.cleanable.dirty.ratio", "2", "Value must be no more than 1"),
        ("min.cleanable.dirty.ratio", "nan", "Not a number of type DOUBLE"),
        ("min.cleanable.dirty.ratio", "-0.1", "Value must be at least 0"),
        ("preallocate", "maybe", "Expected value to be either true or false"),
        ("cleanup.policy", "foo", "String must be one of: compact, delete"),
        ("message.timestamp.type", "x", "String must be one of: CreateTime, LogAppendTime"),
        ("compression.lz4.level", "99", "Value must be no more than 17"),
        ("compression.type", "x", "String must be one of: uncompressed, zstd, lz4, snappy"),
        ("max.compaction.lag.ms", "0", "Value must be at least 1"),
        ("leader.replication.throttled.replicas", "x", "'*' or [partitionId]:[brokerId]"),
        ("leader.replication.throttled.replicas", "1:2:3", "'*' or [partitionId]:[brokerId]"),
    ])
    func refused(key: String, value: String, reason: String) {
        let message = sentence([key: value]) ?? ""
        #expect(message.hasPrefix("Invalid value \(value) for configuration \(key): "))
        #expect(message.contains(reason))
    }

    @Test func refusedForWhatTheyMean() {
        #expect(sentence(["nope": "1"]) == "Unknown topic config name: nope")
        #expect(sentence(["": ""]) == "Unknown topic config name: ")
        #expect(sentence(["remote.storage.enable": "true"])?.contains("Tiered Storage") == true)
        #expect(
            sentence(["min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5"])
                == "conflict topic config setting min.compaction.lag.ms (10) > "
                + "max.compaction.lag.ms (5)")
    }

    @Test(
        arguments: [
            (100, 200, nil, nil, true), (100, 200, "900", "0", true), (100, 200, "900", nil, true),
            (99, 200, "900", nil, false), (1_000, 1_050, nil, "50", true),
            (1_000, 1_051, nil, "50", false), (-1, -1, "0", "0", true),
            (.min, .max, nil, nil, false),
            (0, .max, nil, nil, true),
        ] as [(Int64, Int64, String?, String?, Bool)])
    func timesNearEnough(
        first: Int64, latest: Int64, before: String?, after: String?, expected: Bool
    ) throws {
        var configs: [String: String] = [:]
        configs["message.timestamp.before.max.ms"] = before
        configs["message.timestamp.after.max.ms"] = after
        let bytes = [UInt8](repeating: 0, count: BatchHeader.size)
        var batch = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
        (batch.baseTimestamp, batch.maxTimestamp) = (first, latest)
        #expect(try TopicSettings(configs).accept(batch, now: 1_000) == expected)
        configs["message.timestamp.type"] = "LogAppendTime"
        #expect(try TopicSettings(configs).accept(batch, now: 1_000))
    }

    private func changed(_ configs: [String: String], _ changes: [TopicChange]) throws
        -> [String: String]
    {
        var catalogue = TopicCatalogue()
        catalogue.apply(
            .topic(
                Topic(
                    name: "t", id: TopicID(high: 1, low: 1), partitions: 1, configs: configs)))
        return try catalogue.topic("t", changed: changes).configs
    }

    @Test func changes() throws {
        let key = "cleanup.policy"
        func result(_ old: String?, _ operation: Int8, _ value: String) throws -> String? {
            let configs = old.map { [key: $0] } ?? [:]
            let change = TopicChange(key: key, operation: operation, value: value)
            return try changed(configs, [change])[key]
        }
        #expect(try result(nil, 0, " compact ") == "compact")
        #expect(try result("compact", 1, "") == nil)
        #expect(try result(nil, 2, "compact") == "delete,compact")
        #expect(try result("compact", 2, "compact,delete") == "compact,delete")
        #expect(try result("compact,delete", 3, "compact") == "delete")
        #expect(try result(nil, 3, "delete") == "")
    }

    @Test(
        arguments: [
            ("retention.ms", 2, "1", .invalidConfig), ("retention.ms", 3, "1", .invalidConfig),
            ("retention.ms", 0, nil, .invalidRequest), ("retention.ms", 9, "1", .invalidRequest),
            ("nope", 0, "1", .invalidConfig), ("nope", 2, "1", .invalidConfig),
            ("retention.ms", 0, "x", .invalidConfig), ("cleanup.policy", 2, "x", .invalidConfig),
        ] as [(String, Int8, String?, ErrorCode)])
    func refusedChanges(key: String, operation: Int8, value: String?, code: ErrorCode) {
        do {
            _ = try changed([:], [TopicChange(key: key, operation: operation, value: value)])
            Issue.record("\(key) was changed")
        } catch {
            #expect((error as? Refusal)?.code == code)
        }
    }
}
