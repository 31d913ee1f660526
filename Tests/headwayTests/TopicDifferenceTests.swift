import Contracts
import Testing

@testable import Kafka
@testable import headway

@Suite struct TopicDifferenceTests {
    private let topic = TopicContract(
        name: "t.v1", partitions: 4, settings: ["cleanup.policy": "delete", "retention.ms": "-1"])

    private func found(_ partitions: Int, _ settings: [String: String]) -> KafkaTopicDescription {
        KafkaTopicDescription(
            name: "t.v1", partitions: partitions, settings: settings, overridden: [])
    }

    @Test func sayWhatWouldBeDone() {
        #expect(
            TopicDifference.compare(topic, with: nil).map(\.sentence)
                == ["create t.v1 with 4 partitions cleanup.policy=delete retention.ms=-1"])
        #expect(TopicDifference.compare(topic, with: found(4, topic.settings)).isEmpty)
        #expect(
            TopicDifference.compare(topic, with: found(4, ["cleanup.policy": "compact"])).map(
                \.sentence)
                == [
                    "set cleanup.policy=delete on t.v1 (now compact)",
                    "set retention.ms=-1 on t.v1 (now unset)",
                ])
    }

    @Test func aCountOfPartitionsIsNeverChanged() throws {
        let wrong = try #require(
            TopicDifference.compare(topic, with: found(2, topic.settings)).first)
        #expect(!wrong.canBeApplied)
        #expect(wrong.sentence.hasPrefix("topic t.v1 has 2 partitions and Topics/ declares 4"))
    }
}
