extension Broker {
    /// Deletes topics; each is answered when that is on the disk. The files go after the answer.
    func deleteTopics(_ call: Call, _ request: inout WireReader) throws {
        let names = try request.array { (one: inout WireReader) throws(WireFailure) in
            try one.string()
        }
        _ = try request.int32()
        let results = try each(names, named: { $0 }) { name in
            guard let topic = catalogue.topics[name] else {
                throw Refusal(.unknownTopicOrPartition, nil)
            }
            try remove(topic)
        }
        var answer = WireWriter()
        answer.int32(0)
        answer.array(results) { writer, result in
            writer.string(result.name)
            writer.error(result.refusal?.code ?? .none)
        }
        answerAfterFlush(call, answer)
    }

    /// Committed offsets, and what transactions know of the topic, go with the entry.
    private func remove(_ topic: Topic) throws {
        try persist(.topicRemoved(topic.id))
        for index in 0..<topic.partitions {
            partitions[TopicPartition(topic: topic.name, partition: index)] = nil
        }
        let folder = "\(settings.dataDirectory)/topics/\(topic.id.hexadecimal)"
        // A flush that is under way may still write there; when the next has ended, none does.
        // What stays behind is removed at the next start.
        afterFlush { [report] in
            do throws(StorageFailure) { try removeFolder(folder) } catch { report("\(error)") }
        }
    }
}
