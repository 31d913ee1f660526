/// Reads the `topic` block that streams and outputs share.
internal enum TopicReader {
    static func read(_ mapping: MappingReader) -> TopicContract? {
        guard
            let topic = mapping.mapping(
                "topic", keys: ["name", "partitions", "settings"], required: true)
        else { return nil }
        let name = topicName(topic)
        let partitions = topic.integer(
            "partitions", in: 1...Int64(ContractLimits.partitionsMax), required: true)
        let settings = settings(topic)
        guard let name, let partitions, let settings else { return nil }
        return TopicContract(name: name, partitions: Int(partitions), settings: settings)
    }

    /// Kafka's own rule: letters, digits, `.`, `_` and `-`, 249 at most, neither `.` nor `..`.
    private static func topicName(_ topic: MappingReader) -> String? {
        guard let name = topic.text("name", required: true, lengthMax: 249) else { return nil }
        guard name.isPlainName, name != ".", name != ".." else {
            topic.problems.error(
                topic.valueMark("name"), "the topic's name is `\(name.prefix(60))`",
                "Kafka allows letters, digits, `.`, `_` and `-`")
            return nil
        }
        return name
    }

    private static func settings(_ topic: MappingReader) -> [String: String]? {
        guard let node = topic.node("settings") else { return [:] }
        guard let entries = MappingReader.entries(node, subject: "`settings`", topic.problems)
        else {
            return nil
        }
        var settings: [String: String] = [:]
        for entry in entries {
            let value = MappingReader.scalar(entry.value, "`\(entry.key)`", topic.problems)
            if let value { settings[entry.key] = value }
        }
        return settings.count == entries.count ? settings : nil
    }
}

/// Reads a file of `Topics/outputs`.
internal enum OutputReader {
    static func read(_ node: YAMLNode, _ problems: ProblemList) -> (OutputContract, MappingReader)?
    {
        guard
            let mapping = MappingReader(
                node, subject: "the output", keys: ["role", "topic"], problems)
        else { return nil }
        let role = mapping.word("role", OutputContract.Role.self, required: true)
        let topic = TopicReader.read(mapping)
        guard let role, let topic else { return nil }
        if topic.partitions != 1 {
            problems.error(
                mapping.valueMark("topic"), "an output has \(topic.partitions) partitions",
                "write `partitions: 1`: the order of the changes is that of one partition")
            return nil
        }
        return (OutputContract(role: role, topic: topic), mapping)
    }
}
