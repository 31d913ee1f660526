internal import CRDKafka

/// librdkafka's properties as a dictionary: checked by the library itself, and passed through to
/// it.
///
/// A preset names the properties that Headway relies on; whatever an operator adds is merged over
/// it, except for the few on which a guarantee rests.
package struct KafkaSettings: Sendable, Equatable {
    private(set) var values: [String: String]
    /// Properties that must keep their value, with the reason.
    private(set) var pinned: [String: String] = [:]

    /// `values` is librdkafka's own properties, for example `["bootstrap.servers": "kafka:9092"]`.
    package init(_ values: [String: String]) {
        self.values = [:]
        for (name, value) in values { self[name] = value }
    }

    init(_ values: [String: String], pinned: [String: String]) {
        self.init(values)
        for (name, reason) in pinned { self.pinned[Self.canonical(name)] = reason }
    }

    /// By either name of a property that has two.
    package subscript(name: String) -> String? {
        get { values[Self.canonical(name)] }
        set { values[Self.canonical(name)] = newValue }
    }

    /// These settings with an operator's own over them. Throws for a property that does not exist,
    /// for a value that the library refuses, and for one that would break a guarantee; the text
    /// says what to write.
    package func merging(_ overrides: [String: String]) throws(KafkaFailure) -> KafkaSettings {
        var merged = self
        for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
            let key = Self.canonical(name)
            if let reason = pinned[key], values[key] != value {
                throw .settings(
                    "Kafka property \"\(name)\" must stay "
                        + (values[key].map { "\"\($0)\"" } ?? "unset") + ": \(reason)")
            }
            if key == "partition.assignment.strategy", value.contains("sticky") {
                throw .settings(
                    "Kafka property \"\(name)\": write \"range\" or \"roundrobin\": "
                        + "the sticky assignors of librdkafka 2.0 lose or repeat records")
            }
            merged.values[key] = value
        }
        try merged.check()
        return merged
    }

    /// Throws where the library does not know a property or refuses its value.
    package func check() throws(KafkaFailure) {
        rd_kafka_conf_destroy(try configuration())
    }

    /// One `name=value` a line, sorted; secrets are shown as `[redacted]`.
    package func describe() -> String {
        values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(Self.isSecret($0.key) ? "[redacted]" : $0.value)" }
            .joined(separator: "\n")
    }

    /// A new configuration of the C library. The caller owns it.
    func configuration() throws(KafkaFailure) -> OpaquePointer {
        let configuration: OpaquePointer = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let result = rd_kafka_conf_set(configuration, name, value, &text, text.count)
            if result == RD_KAFKA_CONF_OK { continue }
            rd_kafka_conf_destroy(configuration)
            // The library knows a few names of the Java client only in order to refuse them.
            if result == RD_KAFKA_CONF_UNKNOWN || PropertyTable.isJavas(name) {
                throw .settings(
                    "Kafka property \"\(name)\" does not exist here: "
                        + PropertyTable.shared.advice(for: name))
            }
            let reason = Self.isSecret(name) ? "the value was refused" : Self.string(text)
            throw .settings("Kafka property \"\(name)\": \(reason)")
        }
        return configuration
    }

    private static func canonical(_ name: String) -> String {
        PropertyTable.shared.canonicalName(of: name) ?? name
    }

    private static func isSecret(_ name: String) -> Bool {
        ["password", "secret", "username", "key.pem", "key.location", "oauthbearer.config"]
            .contains { name.contains($0) } || name == "ssl_key"
    }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
