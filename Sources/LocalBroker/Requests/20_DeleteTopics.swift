extension Broker {
    /// Deletes topics; each is answered when that is on the disk. The files go after the answer.
    func deleteTopics(_ call: Call, _ request: inout WireReader) throws {
        let (names, _): ([String], Int32) = try request.read()
        var folders: [String] = []
        let results = try each(names, by: { $0 }) { name in
            guard let topic = catalogue.topics[name] else {
                throw Refusal(code: .unknownTopicOrPartition, message: nil)
            }
            // Committed offsets, and what transactions know of the topic, go with the entry.
            try persist(.topicRemoved(topic.id))
            for index in 0..<topic.partitions {
                let partition = TopicPartition(topic: name, partition: index)
                partitions[partition] = nil
                fetchWaits.wake(partition)
            }
            folders.append("\(settings.dataDirectory)/topics/\(topic.id.hexadecimal)")
        }
        answerAfterFlush(call, results.map { ($0.part, $0.refusal) })
        // A flush that is under way may still write there; when the next has ended, none does.
        // What stays behind is removed at the next start.
        afterFlush { [report] in
            for folder in folders {
                do throws(StorageFailure) { try removeFolder(folder) } catch { report("\(error)") }
            }
        }
    }
}
