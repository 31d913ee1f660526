extension Broker {
    /// Makes topics; each is answered when it is on the disk.
    func createTopics(_ call: Call, _ request: inout WireReader) throws {
        let wishes: [TopicWish] = try request.read()
        let (_, isOnlyChecked): (Int32, Bool) = try request.read()
        let results = try each(wishes, by: \.name) { wish in
            let topic = try catalogue.topic(from: wish, id: .random(), limits: settings.limits)
            if !isOnlyChecked { try make(topic) }
        }
        answerAfterFlush(call, results.map { ($0.part.name, $0.refusal) })
    }

    /// Opens what a new or grown topic has more, and makes its entry: in this order, because a disk
    /// or a process that has no room for its files leaves no topic that cannot be used.
    func make(_ topic: Topic) throws {
        do {
            try openPartitions(of: topic)
            try persist(.topic(topic))
        } catch {
            for index in (catalogue.topics[topic.name]?.partitions ?? 0)..<topic.partitions {
                partitions[TopicPartition(topic: topic.name, partition: index)] = nil
            }
            throw error
        }
    }

    /// Does each part of a request; what stands there twice is refused, once.
    func each<Part, Key: Hashable>(
        _ parts: [Part], by key: (Part) -> Key, _ action: (Part) throws -> Void
    ) throws -> [(part: Part, refusal: Refusal?)] {
        var counts: [Key: Int] = [:]
        for part in parts { counts[key(part), default: 0] += 1 }
        var results: [(part: Part, refusal: Refusal?)] = []
        for part in parts {
            guard let count = counts.removeValue(forKey: key(part)) else { continue }
            do {
                try require(
                    count == 1, .invalidRequest, "Each name must appear at most once.")
                try action(part)
                results.append((part, nil))
            } catch let refusal as Refusal {
                results.append((part, refusal))
            } catch let failure as StorageFailure {
                report("\(failure)")
                results.append(
                    (part, Refusal(code: .kafkaStorageError, message: failure.description)))
            }
        }
        return results
    }

    func answerAfterFlush(_ call: Call, _ results: [(name: String, refusal: Refusal?)]) {
        var body = WireWriter(call, throttledFrom: 0)
        body.array(results) { writer, result in
            writer.write(result.name, result.refusal?.code ?? .none)
            if call.api != .deleteTopics { writer.nullableString(result.refusal?.message) }
        }
        answerAfterFlush(call, body)
    }
}
