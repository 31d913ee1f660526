extension Broker {
    /// Makes topics; each is answered when it is on the disk.
    func createTopics(_ call: Call, _ request: inout WireReader) throws {
        let wishes = try request.array { (one: inout WireReader) throws(WireFailure) in
            try TopicCatalogue.Wish(&one)
        }
        _ = try request.int32()
        let isOnlyChecked = try request.bool()
        let results = try each(wishes, named: \.name) { wish in
            let topic = try catalogue.topic(from: wish, id: .random(), limits: settings.limits)
            if isOnlyChecked { return }
            try persist(.topic(topic))
            try openPartitions(of: topic)
        }
        answerAfterFlush(call, results)
    }

    /// What became of each part of a request: a name, and why it was refused.
    typealias Results = [(name: String, refusal: Refusal?)]

    /// Does each part of a request; a name that stands there twice is refused once.
    func each<Part>(
        _ parts: [Part], named name: (Part) -> String, _ action: (Part) throws -> Void
    ) throws -> Results {
        var counts: [String: Int] = [:]
        for part in parts { counts[name(part), default: 0] += 1 }
        var results: Results = []
        for part in parts {
            guard let count = counts.removeValue(forKey: name(part)) else { continue }
            do {
                if count > 1 { throw Refusal(.invalidRequest, "Duplicate topic name.") }
                try action(part)
                results.append((name(part), nil))
            } catch let refusal as Refusal {
                results.append((name(part), refusal))
            }
        }
        return results
    }

    func answerAfterFlush(_ call: Call, _ results: Results) {
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
