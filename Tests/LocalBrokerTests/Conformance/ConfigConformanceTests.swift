import LocalBroker
import Testing

/// The settings of topics, asked for and changed.
@Suite struct ConfigConformanceTests {
    private func describe(
        _ client: Conversation, _ topic: String, keys: Value = nil, version: Int16? = nil
    ) throws -> Value {
        try client.ask(
            .describeConfigs, version, ["resources": [["name": .text(topic), "keys": keys]]]
        ).results[0]
    }

    private func alter(
        _ client: Conversation, _ topic: String, _ name: String, _ operation: Int,
        _ value: Value, validate: Bool = false
    ) throws -> Value {
        try client.ask(
            .incrementalAlterConfigs, nil,
            [
                "resources": [
                    [
                        "name": .text(topic),
                        "configs": [
                            ["name": .text(name), "op": .init(operation), "value": value]
                        ],
                    ]
                ], "validate": .init(validate ? 1 : 0),
            ]
        ).responses[0].error
    }

    private let names = [
        "cleanup.policy", "retention.ms", "retention.bytes", "segment.bytes", "segment.ms",
        "max.message.bytes", "message.timestamp.type", "delete.retention.ms",
        "min.cleanable.dirty.ratio", "min.compaction.lag.ms", "compression.type",
    ]

    @Test(arguments: BrokerUnderTest.present)
    func settingsAreDescribedInEveryVersion(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(
            configs: ["retention.ms": "60000", "cleanup.policy": "compact"])
        for version in API.describeConfigs.versions {
            let found = try describe(client, topic, version: version)
            #expect(found.error == 0 && found.type == 2 && found.name == .text(topic))
            for name in names {
                let config = found.configs.element("name", .text(name))
                #expect(config.value.string?.isEmpty == false, "\(name)")
                #expect(config.readOnly == 0 && config.sensitive == 0, "\(name)")
            }
            let own = found.configs.element("name", "retention.ms")
            let usual = found.configs.element("name", "retention.bytes")
            #expect(own.value == "60000" && own.source == 1)
            #expect(usual.value == "-1" && usual.source == 5)
            if version >= 3 { #expect(own.configType == 5 && usual.configType == 5) }
            let two = try describe(
                client, topic, keys: ["cleanup.policy", "segment.ms"], version: version)
            let asked = Set(two.configs.list.compactMap(\.name.string))
            #expect(asked == ["cleanup.policy", "segment.ms"])
            #expect(two.configs.element("name", "cleanup.policy").value == "compact")
        }
        let none = try describe(client, topic, keys: [])
        #expect(none.error == 0 && none.configs.list.count > names.count)
        let never = try describe(client, Conversation.name("never"))
        #expect(never.error == 3 && never.configs == [])
    }

    @Test(arguments: BrokerUnderTest.present)
    func defaultsAreKafkas(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = Conversation.name("plain")
        _ = try client.ask(.createTopics, nil, ["topics": [["name": .text(topic)]]])
        try client.awaitPartitions(topic, 1)
        let found = try describe(client, topic).configs
        let expected = [
            "cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1",
            "segment.bytes": "1073741824", "segment.ms": "604800000",
            "max.message.bytes": "1048588", "message.timestamp.type": "CreateTime",
            "delete.retention.ms": "86400000", "min.cleanable.dirty.ratio": "0.5",
            "min.compaction.lag.ms": "0", "compression.type": "producer",
        ]
        for (name, value) in expected {
            #expect(found.element("name", .text(name)).value == .text(value), "\(name)")
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func settingsAreSetAndTakenBack(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["segment.ms": "70000"])
        func value(_ name: String) throws -> (Value, Value) {
            let config = try describe(client, topic).configs.element("name", .text(name))
            return (config.value, config.source)
        }
        func expect(_ name: String, _ text: Value, _ source: Value) throws {
            try waitUntil("\(name) is \(text)") { try value(name) == (text, source) }
        }
        let set = try alter(client, topic, "retention.bytes", 0, "12345")
        #expect(set == 0)
        try expect("retention.bytes", "12345", 1)
        try expect("segment.ms", "70000", 1)
        let removed = try alter(client, topic, "retention.bytes", 1, nil)
        #expect(removed == 0)
        try expect("retention.bytes", "-1", 5)
        let appended = try alter(client, topic, "cleanup.policy", 2, "compact")
        #expect(appended == 0)
        try expect("cleanup.policy", "delete,compact", 1)
        let taken = try alter(client, topic, "cleanup.policy", 3, "delete")
        #expect(taken == 0)
        try expect("cleanup.policy", "compact", 1)
        let dry = try alter(client, topic, "retention.bytes", 0, "5", validate: true)
        let still = try value("retention.bytes").0
        #expect(dry == 0 && still == "-1")
        let codes = [
            try alter(client, topic, "nothing", 0, "1"),
            try alter(client, topic, "retention.ms", 0, "long"),
            try alter(client, topic, "cleanup.policy", 0, "shred"),
            try alter(client, topic, "retention.ms", 2, "1"),
            try alter(client, Conversation.name("never"), "retention.ms", 0, "1"),
        ]
        #expect(codes == [40, 40, 40, 40, 3])
        // A changed setting counts at once.
        let small = try alter(client, topic, "max.message.bytes", 0, "100")
        #expect(small == 0)
        let large = TestBatch([String(repeating: "x", count: 200)])
        try waitUntil("large batches are refused") {
            try client.produce(topic, large).error == 10
        }
    }

    /// The older request tells all settings of a topic: what it does not name is a default again.
    @Test(arguments: BrokerUnderTest.present)
    func settingsAreReplacedAltogether(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let topic = try client.makeTopic(configs: ["segment.ms": "70000"])
        func replace(
            _ topic: String, _ name: String, _ value: String, _ version: Int16,
            validate: Bool = false
        ) throws -> Value {
            try client.ask(
                .alterConfigs, version,
                [
                    "resources": [
                        [
                            "name": .text(topic),
                            "configs": [["name": .text(name), "value": .text(value)]],
                        ]
                    ], "validate": .init(validate ? 1 : 0),
                ]
            ).responses[0].error
        }
        for version in API.alterConfigs.versions {
            let value = "\(version + 5)0000"
            let dry = try replace(topic, "retention.bytes", "1", version, validate: true)
            let done = try replace(topic, "retention.ms", value, version)
            #expect(dry == 0 && done == 0)
            try waitUntil("the settings are these") {
                let found = try describe(client, topic).configs
                return found.element("name", "retention.ms").value == .text(value)
                    && found.element("name", "segment.ms").source == 5
                    && found.element("name", "retention.bytes").source == 5
            }
            let codes = [
                try replace(topic, "nothing", "1", version),
                try replace(topic, "cleanup.policy", "shred", version),
                try replace(Conversation.name("never"), "retention.ms", "1", version),
            ]
            #expect(codes == [40, 40, 3])
        }
    }

    @Test(arguments: BrokerUnderTest.present)
    func aBrokersSettingsAreDescribed(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        let answer = try client.ask(
            .describeConfigs, nil, ["resources": [["type": 4, "name": "1", "keys": nil]]])
        #expect(answer.results[0].error == 0 && answer.results[0].name == "1")
        let setting: Value = ["name": "log.cleaner.threads", "op": 0, "value": "1"]
        let changed = try client.ask(
            .incrementalAlterConfigs, nil,
            ["resources": [["type": 4, "name": "1", "configs": [setting]]], "validate": true]
        ).responses[0].error
        #expect(changed == Difference.brokerSettings.expected(broker, kafka: 0, local: 42))
    }
}
