extension Broker {
    /// Makes topics; each is answered when it is on the disk.
    func createTopics(_ call: Call, _ request: inout WireReader) throws {
        let wishes = try request.array { (one: inout WireReader) throws(WireFailure) in
            try TopicCatalogue.Wish(&one)
        }
        _ = try request.int32()
        let isOnlyChecked = try request.bool()
        var results: [(name: String, refusal: Refusal?)] = []
        var counts: [String: Int] = [:]
        for wish in wishes { counts[wish.name, default: 0] += 1 }
        for wish in wishes {
            guard let count = counts.removeValue(forKey: wish.name) else { continue }
            results.append((wish.name, nil))
            do {
                guard count == 1 else {
                    throw Refusal(.invalidRequest, "Duplicate topic name.")
                }
                let topic = try catalogue.topic(
                    from: wish, id: .random(), limits: settings.limits)
                if isOnlyChecked { continue }
                try persist(.topic(topic))
                try openPartitions(of: topic)
            } catch let refusal as Refusal {
                results[results.count - 1].refusal = refusal
            }
        }
        answerAfterFlush(call, results)
    }

    /// The answer of several requests: names, each with an error and a sentence.
    func answerAfterFlush(_ call: Call, _ results: [(name: String, refusal: Refusal?)]) {
        var answer = WireWriter()
        answer.int32(0)
        answer.array(results) { writer, result in
            writer.string(result.name)
            writer.error(result.refusal?.code ?? .none)
            writer.nullableString(result.refusal?.message)
        }
        answerAfterFlush(call, answer)
    }
}

extension TopicCatalogue.Wish {
    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        name = try reader.string()
        partitions = try reader.int32()
        replicationFactor = try reader.int16()
        assignments = try reader.array { (one: inout WireReader) throws(WireFailure) in
            (
                try one.int32(),
                try one.array { (one: inout WireReader) throws(WireFailure) in try one.int32() }
            )
        }
        configs = try reader.array { (one: inout WireReader) throws(WireFailure) in
            (try one.string(), try one.nullableString())
        }
    }
}
