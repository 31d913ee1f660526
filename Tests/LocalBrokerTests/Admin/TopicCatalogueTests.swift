import Testing

@testable import LocalBroker

@Suite struct TopicCatalogueTests {
    private func topic(_ name: String, _ id: UInt64, partitions: Int32 = 1) -> Topic {
        Topic(name: name, id: TopicID(high: 1, low: id), partitions: partitions, configs: [:])
    }

    private func catalogue(_ entries: [JournalEntry]) -> TopicCatalogue {
        var catalogue = TopicCatalogue()
        for entry in entries { catalogue.apply(entry) }
        return catalogue
    }

    @Test func aTopicThatIsMadeAgainIsAnother() {
        let (first, second) = (topic("t", 1), topic("t", 2, partitions: 3))
        let entries: [JournalEntry] = [
            .topic(first), .logStart(first.id, partition: 0, offset: 7), .topicRemoved(first.id),
            .topic(second),
        ]
        let catalogue = catalogue(entries)
        #expect(catalogue.topics == ["t": second])
        #expect(catalogue[first.id] == nil && catalogue[second.id] == second)
        #expect(catalogue.startOffset(second.id, 0) == 0)
        #expect(catalogue.startOffset(first.id, 0) == 0)
        #expect(catalogue.partitionCount == 3)
    }

    @Test func aTopicThatGrowsKeepsWhatWasDeletedOfIt() {
        let catalogue = catalogue([
            .topic(topic("t", 1)), .logStart(TopicID(high: 1, low: 1), partition: 0, offset: 7),
            .topic(topic("t", 1, partitions: 4)),
        ])
        #expect(catalogue.startOffset(TopicID(high: 1, low: 1), 0) == 7)
        #expect(catalogue.partitionCount == 4)
    }

    /// What is not there is not removed, and what is removed leaves nothing.
    @Test func strayEntriesChangeNothing() {
        let id = TopicID(high: 1, low: 9)
        #expect(catalogue([.topicRemoved(id), .logStart(id, partition: 0, offset: 3)]) == .init())
        let gone = topic("a.b", 1)
        #expect(
            catalogue([
                .topic(gone), .logStart(gone.id, partition: 0, offset: 3), .topicRemoved(gone.id),
                .topicRemoved(gone.id),
            ]) == .init())
    }

    /// After any history, the entries of the state make the same state of nothing.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func entriesMakeTheSameState(seed: UInt64) {
        var random = SplitMix(state: seed)
        var catalogue = TopicCatalogue()
        var alive: [String: Topic] = [:]
        for step in 0..<300 as Range<UInt64> {
            let name = "t\(random.next() % 8)"
            switch random.next() % 4 {
            case 0:
                if let topic = alive.removeValue(forKey: name) {
                    catalogue.apply(.topicRemoved(topic.id))
                }
            case 1:
                if let topic = alive[name] {
                    catalogue.apply(.logStart(topic.id, partition: 0, offset: Int64(step)))
                }
            default:
                let id = alive[name]?.id.low ?? step
                alive[name] = topic(name, id, partitions: Int32(1 + random.next() % 5))
                alive[name].map { catalogue.apply(.topic($0)) }
            }
            #expect(catalogue.topics == alive)
            #expect(catalogue.partitionCount == alive.values.reduce(0) { $0 + Int($1.partitions) })
        }
        #expect(self.catalogue(catalogue.entries) == catalogue)
    }

    // MARK: rules

    @Test(arguments: [
        ("", false), (".", false), ("..", false), ("...", true), ("a b", false), ("é", false),
        ("a/b", false), ("Az09._-", true), (String(repeating: "x", count: 249), true),
        (String(repeating: "x", count: 250), false), ("a\0", false),
    ])
    func names(name: String, isValid: Bool) {
        #expect(TopicCatalogue.isValid(name) == isValid)
    }

    private func code(_ wish: TopicWish, limits: BrokerSettings.Limits = .init()) -> ErrorCode {
        let catalogue = catalogue([
            .topic(topic("a.b", 1, partitions: 3)), .topic(topic("t", 2)),
        ])
        do throws(Refusal) {
            _ = try catalogue.topic(from: wish, id: .random(), limits: limits)
            return .none
        } catch {
            #expect(error.message != nil)
            return error.code
        }
    }

    /// As Kafka 3.9.2 and 4.3.1 answered.
    @Test(
        arguments: [
            (-1, -1, .none), (1, 1, .none), (5, -1, .none), (0, 1, .invalidPartitions),
            (-2, 1, .invalidPartitions), (1, 0, .invalidReplicationFactor),
            (1, 2, .invalidReplicationFactor), (1, -2, .invalidReplicationFactor),
            (0, 5, .invalidPartitions), (.max, 1, .policyViolation),
        ] as [(Int32, Int16, ErrorCode)])
    func counts(partitions: Int32, copies: Int16, expected: ErrorCode) {
        #expect(
            code(TopicWish(name: "n", partitions: partitions, replicationFactor: copies))
                == expected)
    }

    @Test(
        arguments: [
            ([(0, [1]), (1, [1])], -1, -1, .none), ([(1, [1]), (0, [1])], -1, -1, .none),
            ([(0, [1])], 2, -1, .invalidRequest), ([(0, [1])], -1, 1, .invalidRequest),
            ([(0, [])], -1, -1, .invalidReplicaAssignment),
            ([(0, [2])], -1, -1, .invalidReplicaAssignment),
            ([(0, [1, 1])], -1, -1, .invalidReplicaAssignment),
            ([(0, [1]), (2, [1])], -1, -1, .invalidReplicaAssignment),
            ([(0, [1]), (0, [1])], -1, -1, .invalidReplicaAssignment),
        ] as [([(Int32, [Int32])], Int32, Int16, ErrorCode)])
    func assignments(
        list: [(Int32, [Int32])], partitions: Int32, copies: Int16, expected: ErrorCode
    ) {
        let wish = TopicWish(
            name: "n", partitions: partitions, replicationFactor: copies,
            assignments: list.map { (partition: $0.0, brokers: $0.1) })
        #expect(code(wish) == expected)
    }

    /// The first rule that is broken answers, in Kafka's order.
    @Test func whatIsToldFirst() {
        var wish = TopicWish(name: "t", partitions: 0, configs: [("x", "1")])
        #expect(code(wish) == .topicAlreadyExists)
        wish.name = "a_b"
        #expect(code(wish) == .invalidTopic)
        wish.name = "a b"
        #expect(code(wish) == .invalidTopic)
        wish.name = "n"
        #expect(code(wish) == .invalidConfig)
        wish.configs = [("retention.ms", nil)]
        #expect(code(wish) == .invalidConfig)
        wish.configs = [("retention.ms", "1")]
        #expect(code(wish) == .invalidPartitions)
    }

    @Test func limitsAreTold() {
        var limits = BrokerSettings.Limits()
        limits.partitionsMax = 5
        #expect(code(TopicWish(name: "n"), limits: limits) == .none)
        #expect(code(TopicWish(name: "n", partitions: 2), limits: limits) == .policyViolation)
        limits = .init()
        limits.topicsMax = 2
        #expect(code(TopicWish(name: "n"), limits: limits) == .policyViolation)
    }

    @Test(
        arguments: [
            ("t", 3, nil, .none), ("t", 1, nil, .invalidPartitions),
            ("t", 0, nil, .invalidPartitions),
            ("t", -3, nil, .invalidPartitions), ("n", 3, nil, .unknownTopicOrPartition),
            ("t", .max, nil, .policyViolation), ("t", 2, [[1]], .none),
            ("t", 2, [[2]], .invalidReplicaAssignment), ("t", 3, [[1]], .invalidReplicaAssignment),
            ("t", 3, [], .invalidReplicaAssignment), ("t", 2, [[]], .invalidReplicaAssignment),
        ] as [(String, Int32, [[Int32]]?, ErrorCode)])
    func growth(name: String, count: Int32, assignments: [[Int32]]?, expected: ErrorCode) {
        let catalogue = catalogue([.topic(topic("t", 2))])
        do throws(Refusal) {
            let grown = try catalogue.topic(
                name, grownTo: count, assignments: assignments, limits: .init())
            #expect(expected == .none && grown.partitions == count && grown.id.low == 2)
        } catch {
            #expect(error.code == expected)
        }
    }
}
