internal import CRDKafka

/// A topic to be created.
package struct KafkaTopicOrder: Sendable, Equatable {
    package var name: String
    package var partitions: Int
    /// Copies of each partition; nil takes the cluster's default (brokers from 2.4).
    package var replication: Int?
    /// Kafka's topic settings, passed through.
    package var settings: [String: String]

    package init(
        name: String, partitions: Int, replication: Int? = nil, settings: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

/// A topic as it is.
package struct KafkaTopicDescription: Sendable, Equatable {
    package var name: String
    package var partitions: Int
    /// Every setting that is in force.
    package var settings: [String: String]
    /// Those of `settings` that were given to the topic itself.
    package var overridden: Set<String>
}

extension KafkaAdmin {
    /// Creates topics, each by itself: of each the failure, or nil. `TOPIC_ALREADY_EXISTS` is one
    /// of them.
    package func create(
        _ orders: [KafkaTopicOrder], timeout: Duration, validateOnly: Bool = false
    ) throws(KafkaFailure) -> [String: KafkaFailure?] {
        var objects: [OpaquePointer?] = []
        defer { rd_kafka_NewTopic_destroy_array(&objects, objects.count) }
        for order in orders {
            var text = [CChar](repeating: 0, count: 512)
            guard
                let object = rd_kafka_NewTopic_new(
                    order.name, Int32(clamping: order.partitions),
                    Int32(clamping: order.replication ?? -1), &text, text.count)
            else { throw .settings("topic \(order.name): \(KafkaSettings.string(text))") }
            objects.append(object)
            for (name, value) in order.settings {
                rd_kafka_NewTopic_set_config(object, name, value)
            }
        }
        let answer = try ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout, validateOnly) {
            rd_kafka_CreateTopics(committed.client, &objects, objects.count, $0, $1)
        }
        var count = 0
        return outcomes(rd_kafka_CreateTopics_result_topics(answer.event, &count), count)
    }

    /// Deletes topics: of each the failure, or nil.
    package func delete(
        _ topics: [String], timeout: Duration
    ) throws(KafkaFailure) -> [String: KafkaFailure?] {
        var objects: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0) }
        defer { rd_kafka_DeleteTopic_destroy_array(&objects, objects.count) }
        let answer = try ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout) {
            rd_kafka_DeleteTopics(committed.client, &objects, objects.count, $0, $1)
        }
        var count = 0
        return outcomes(rd_kafka_DeleteTopics_result_topics(answer.event, &count), count)
    }

    /// Raises the count of a topic's partitions to `total`.
    package func grow(
        _ topic: String, to total: Int, timeout: Duration
    ) throws(KafkaFailure) {
        var text = [CChar](repeating: 0, count: 512)
        guard total > 0,
            let object = rd_kafka_NewPartitions_new(topic, total, &text, text.count)
        else { throw .settings("topic \(topic): \(KafkaSettings.string(text))") }
        var objects: [OpaquePointer?] = [object]
        defer { rd_kafka_NewPartitions_destroy(object) }
        let answer = try ask(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, timeout) {
            rd_kafka_CreatePartitions(committed.client, &objects, objects.count, $0, $1)
        }
        var count = 0
        let found = outcomes(rd_kafka_CreatePartitions_result_topics(answer.event, &count), count)
        if let failure = found[topic].flatMap({ $0 }) { throw failure }
    }

    /// The topic, or nil when there is none.
    package func describe(
        _ topic: String, timeout: Duration
    ) throws(KafkaFailure) -> KafkaTopicDescription? {
        guard let partitions = try partitions(of: topic, timeout: timeout) else { return nil }
        let object = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(object) }
        var objects: [OpaquePointer?] = [object]
        let answer = try ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout) {
            rd_kafka_DescribeConfigs(committed.client, &objects, objects.count, $0, $1)
        }
        var description = KafkaTopicDescription(
            name: topic, partitions: partitions, settings: [:], overridden: [])
        var count = 0
        let resources = rd_kafka_DescribeConfigs_result_resources(answer.event, &count)
        for index in 0..<count {
            guard let resource = resources?[index] else { continue }
            try check(resource)
            var entryCount = 0
            let entries = rd_kafka_ConfigResource_configs(resource, &entryCount)
            for position in 0..<entryCount {
                guard let entry = entries?[position],
                    let value = rd_kafka_ConfigEntry_value(entry)
                else { continue }
                let name = String(cString: rd_kafka_ConfigEntry_name(entry))
                description.settings[name] = String(cString: value)
                if rd_kafka_ConfigEntry_source(entry)
                    == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
                {
                    description.overridden.insert(name)
                }
            }
        }
        return description
    }

    /// Changes some settings of a topic and keeps its others. The protocol of this librdkafka
    /// replaces them all, so they are read first; whoever changes the same topic at the same moment
    /// may be overwritten.
    package func alter(
        _ topic: String, settings: [String: String], timeout: Duration
    ) throws(KafkaFailure) {
        guard let present = try describe(topic, timeout: timeout) else {
            throw KafkaFailure(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        }
        let object = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(object) }
        let kept = present.settings.filter { present.overridden.contains($0.key) }
        for (name, value) in kept.merging(settings, uniquingKeysWith: { $1 }) {
            rd_kafka_ConfigResource_set_config(object, name, value)
        }
        var objects: [OpaquePointer?] = [object]
        let answer = try ask(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout) {
            rd_kafka_AlterConfigs(committed.client, &objects, objects.count, $0, $1)
        }
        var count = 0
        let resources = rd_kafka_AlterConfigs_result_resources(answer.event, &count)
        for index in 0..<count { if let resource = resources?[index] { try check(resource) } }
    }

    /// Removes the records before each offset, as retention would.
    package func deleteRecords(
        before offsets: [TopicPartitionOffset], timeout: Duration
    ) throws(KafkaFailure) {
        let list = PartitionList(offsets)
        let object = rd_kafka_DeleteRecords_new(list.pointer)
        defer { rd_kafka_DeleteRecords_destroy(object) }
        var objects: [OpaquePointer?] = [object]
        let answer = try ask(RD_KAFKA_ADMIN_OP_DELETERECORDS, timeout) {
            rd_kafka_DeleteRecords(committed.client, &objects, objects.count, $0, $1)
        }
        if let found = rd_kafka_DeleteRecords_result_offsets(answer.event) {
            for (partition, _, error) in PartitionList.entries(found)
            where error != RD_KAFKA_RESP_ERR_NO_ERROR {
                throw KafkaFailure(
                    error, text: "\(partition): \(String(cString: rd_kafka_err2str(error)))")
            }
        }
    }

    private func check(_ resource: OpaquePointer) throws(KafkaFailure) {
        let error = rd_kafka_ConfigResource_error(resource)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaFailure(
            error, text: rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) })
    }

    private func outcomes(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) -> [String: KafkaFailure?] {
        var outcomes: [String: KafkaFailure?] = [:]
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let error = rd_kafka_topic_result_error(result)
            let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            let failure =
                error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaFailure(error, text: text)
            outcomes.updateValue(
                failure, forKey: String(cString: rd_kafka_topic_result_name(result)))
        }
        return outcomes
    }
}
