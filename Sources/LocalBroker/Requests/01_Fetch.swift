/// Ranges of log files, sent without being read. What is not there yet is waited for.
extension Broker {
    private struct Result {
        var error: ErrorCode
        var partition: Partition?
        var range: FileRange?
        var aborted: [AbortedTransaction] = []
        var isEnough = false
    }

    func fetch(_ call: Call, _ request: inout WireReader) throws {
        let fetch = try fetchRequest(call, &request)
        // No sessions: each request names all that it wants, as clients do where none is given.
        if fetch.sessionID != 0 { return answer(call, header(call, .fetchSessionIDNotFound)) }
        if try !answerFetch(fetch, evenIfLittle: fetch.deadline <= monotonic) {
            mute(call)
            fetchWaits.add(fetch)
        }
    }

    /// Looks again at the fetches whose partitions became longer.
    func serveFetchWaits() throws {
        for fetch in fetchWaits.takeWoken() where try answerFetch(fetch, evenIfLittle: false) {
            fetchWaits.remove(fetch.call)
        }
    }

    /// Answers the fetches whose time is over with what there is.
    func endFetchWaits() throws {
        for fetch in fetchWaits.due(monotonic) {
            _ = try answerFetch(fetch, evenIfLittle: true)
            fetchWaits.remove(fetch.call)
        }
    }

    private func fetchRequest(_ call: Call, _ request: inout WireReader) throws -> FetchRequest {
        _ = try request.int32()
        let (wait, bytesMin, bytesMax) = (
            try request.int32(), try request.int32(), try request.int32()
        )
        let isCommitted = try request.int8() == 1
        var sessionID: Int32 = 0
        if call.version >= 7 {
            sessionID = try request.int32()
            _ = try request.int32()
        }
        var parts: [FetchRequest.Part] = []
        let topics = try request.array { (topic: inout WireReader) throws(WireFailure) in
            let (name, first) = (try topic.string(), parts.count)
            parts += try topic.array { (part: inout WireReader) throws(WireFailure) in
                let index = try part.int32()
                let epoch = call.version >= 9 ? try part.int32() : -1
                let offset = try part.int64()
                if call.version >= 5 { _ = try part.int64() }
                return FetchRequest.Part(
                    name: TopicPartition(topic: name, partition: index), leaderEpoch: epoch,
                    offset: offset, bytesMax: Int(try part.int32()))
            }
            return (name: name, parts: first..<parts.count)
        }
        return FetchRequest(
            call: call, deadline: monotonic + Int64(max(0, wait)), bytesMin: Int(bytesMin),
            bytesMax: max(0, min(Int(bytesMax), settings.limits.fetchBytesMax)),
            isCommitted: isCommitted, sessionID: sessionID, topics: topics, parts: parts)
    }

    /// False where there is too little and it may wait.
    private func answerFetch(_ fetch: FetchRequest, evenIfLittle: Bool) throws -> Bool {
        var (left, found, isEnough) = (fetch.bytesMax, 0, false)
        var results: [Result] = []
        results.reserveCapacity(fetch.parts.count)
        for part in fetch.parts {
            let result = read(part, fetch, bytesMax: left, isFirst: found == 0)
            let count = result.range?.count ?? 0
            (left, found) = (max(0, left - count), found + count)
            isEnough = isEnough || result.isEnough || result.error != .none
            results.append(result)
        }
        guard evenIfLittle || isEnough || fetch.parts.isEmpty || found >= fetch.bytesMin else {
            return false
        }
        var body = header(fetch.call, .none)
        body.array(fetch.topics) { body, topic in
            body.string(topic.name)
            body.array(topic.parts) { encode(fetch, $1, results[$1], &$0) }
        }
        answer(fetch.call, body)
        return true
    }

    private func header(_ call: Call, _ error: ErrorCode) -> WireWriter {
        var body = WireWriter()
        body.int32(0)
        if call.version >= 7 {
            body.error(error)
            body.int32(0)
        }
        if error != .none { body.int32(0) }
        return body
    }

    private func read(
        _ part: FetchRequest.Part, _ fetch: FetchRequest, bytesMax: Int, isFirst: Bool
    ) -> Result {
        guard let partition = partitions[part.name] else {
            return Result(error: .unknownTopicOrPartition)
        }
        if let fault = epochFault(part.leaderEpoch) {
            return Result(error: fault)
        }
        do throws(StorageFailure) {
            let reading = try partition.read(
                from: part.offset, bytesMax: min(bytesMax, max(0, part.bytesMax)),
                committed: fetch.isCommitted, atLeastOneBatch: isFirst)
            if reading.error != .none { return Result(error: reading.error) }
            return Result(
                error: .none, partition: partition, range: reading.range,
                aborted: reading.aborted, isEnough: reading.isAtSegmentEnd)
        } catch {
            report(error.description)
            return Result(error: .kafkaStorageError)
        }
    }

    /// What the leader epoch that a client knows says of it; -1: it knows none.
    func epochFault(_ known: Int32) -> ErrorCode? {
        known < 0 || known == epoch ? nil : known < epoch ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }

    private func encode(
        _ fetch: FetchRequest, _ number: Int, _ result: Result, _ body: inout WireWriter
    ) {
        body.int32(fetch.parts[number].name.partition)
        body.error(result.error)
        body.int64(result.partition?.highWatermark ?? -1)
        body.int64(result.partition?.lastStableOffset ?? -1)
        if fetch.call.version >= 5 { body.int64(result.partition?.startOffset ?? -1) }
        if fetch.isCommitted {
            body.array(result.aborted) {
                $0.int64($1.producerID)
                $0.int64($1.firstOffset)
            }
        } else {
            body.int32(-1)
        }
        if fetch.call.version >= 11 { body.int32(-1) }
        body.records(result.range.map { [$0] } ?? [])
    }
}
