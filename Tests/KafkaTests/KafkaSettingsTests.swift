import Testing

@testable import Kafka

@Suite struct KafkaSettingsTests {
    @Test(arguments: [
        KafkaSettings.consumer(brokers: "127.0.0.1:1", group: "g"),
        .reader(brokers: "127.0.0.1:1"), .producer(brokers: "127.0.0.1:1"),
        .transactional(brokers: "127.0.0.1:1", id: "t"), .admin(brokers: "127.0.0.1:1")
    ])
    func presetsAreAccepted(settings: KafkaSettings) throws {
        try settings.check()
    }

    @Test(arguments: [
        ("fetch.max.byts", "1", "did you mean \"fetch.max.bytes\"?"),
        ("bootstrap.server", "x:1", "did you mean \"bootstrap.servers\"?"),
        ("sasl.jaas.config", "secret", "write \"sasl.username\" and \"sasl.password\""),
        ("ssl.truststore.location", "/x", "write \"ssl.ca.location\""),
        ("entirely.unheard.of.property", "1", "write a property of librdkafka"),
        ("enable.auto.commit", "true", "must stay \"false\": offsets commit with their effects"),
        ("isolation.level", "read_uncommitted", "aborted records must not be counted"),
        ("auto.offset.reset", "latest", "never skipped"),
        ("partition.assignment.strategy", "cooperative-sticky", "write \"range\""),
        ("session.timeout.ms", "soon", "session.timeout.ms"),
        ("security.protocol", "carrier_pigeon", "Invalid value")
    ])
    func refusals(name: String, value: String, says: String) {
        let settings = KafkaSettings.consumer(brokers: "127.0.0.1:1", group: "g")
        let failure = #expect(throws: KafkaFailure.self) { try settings.merging([name: value]) }
        #expect(failure?.text.contains(says) == true, "\(failure?.text ?? "")")
        #expect(failure?.disposition == .stop)
    }

    @Test func acknowledgementsStayUnderEitherName() {
        let settings = KafkaSettings.producer(brokers: "127.0.0.1:1")
        #expect(throws: KafkaFailure.self) { try settings.merging(["request.required.acks": "1"]) }
        #expect(throws: KafkaFailure.self) { try settings.merging(["enable.idempotence": "false"]) }
    }

    @Test func operatorsPropertiesPassThrough() throws {
        let settings = try KafkaSettings.consumer(brokers: "a:1", group: "g")
            .merging(["fetch.wait.max.ms": "20", "bootstrap.servers": "b:2"])
        #expect(settings["fetch.wait.max.ms"] == "20")
        #expect(settings["metadata.broker.list"] == "b:2")
        #expect(settings["check.crcs"] == "true")
    }

    @Test func secretsAreNotShown() throws {
        let settings = try KafkaSettings.admin(brokers: "a:1").merging([
            "security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "canary-user", "sasl.password": "canary-password"
        ])
        let text = settings.describe()
        #expect(!text.contains("canary"))
        #expect(text.contains("sasl.password=[redacted]"))
        #expect(text.contains("security.protocol=sasl_ssl"))
    }

    @Test func refusedSecretsAreNotShownEither() {
        let settings = KafkaSettings.admin(brokers: "a:1")
        let failure = #expect(throws: KafkaFailure.self) {
            try settings.merging(["ssl.key.pem.x": "canary"])
        }
        #expect(failure?.text.contains("canary") == false)
    }
}
