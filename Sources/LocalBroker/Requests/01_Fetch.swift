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
        if let fault = call.fault, call.version >= 7 { return answer(call, header(call, fault)) }
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
        let (_, wait, bytesMin, bytesMax, isolation): (Int32, Int32, Int32, Int32, Int8) =
            try request.read()
        var sessionID: Int32 = 0
        if call.version >= 7 { (sessionID, _) = try request.read() as (Int32, Int32) }
        let asked = try request.byTopic { part in
            let epoch = call.version >= 9 ? try part.int32() : -1
            let offset = try part.int64()
            if call.version >= 5 { _ = try part.int64() }
            return FetchRequest.Part(
                leaderEpoch: epoch, offset: offset, bytesMax: Int(try part.int32()))
        }
        return FetchRequest(
            call: call, deadline: monotonic + Int64(max(0, wait)), bytesMin: Int(bytesMin),
            bytesMax: max(0, min(Int(bytesMax), settings.limits.fetchBytesMax)),
            isCommitted: isolation == 1, sessionID: sessionID, asked: once(asked))
    }

    /// False where there is too little and it may wait.
    private func answerFetch(_ fetch: FetchRequest, evenIfLittle: Bool) throws -> Bool {
        var (left, found, isEnough) = (fetch.bytesMax, 0, fetch.asked.allSatisfy(\.parts.isEmpty))
        let results: ByTopic<Result> = fetch.asked.map { topic in
            let parts = topic.parts.map { name, part in
                let result = read(name, part, fetch, bytesMax: left, isFirst: found == 0)
                let count = result.range?.count ?? 0
                (left, found) = (max(0, left - count), found + count)
                isEnough = isEnough || result.isEnough || result.error != .none
                return (name: name, rest: result)
            }
            return (topic.name, parts)
        }
        guard evenIfLittle || isEnough || found >= fetch.bytesMin else { return false }
        var body = header(fetch.call, .none)
        body.byTopic(results) { encode(fetch, $1, $2, &$0) }
        answer(fetch.call, body)
        return true
    }

    private func header(_ call: Call, _ error: ErrorCode) -> WireWriter {
        var body = WireWriter(call, throttledFrom: 0)
        if call.version >= 7 { body.write(error, Int32(0)) }
        if error != .none { body.int32(0) }
        return body
    }

    private func read(
        _ name: TopicPartition, _ part: FetchRequest.Part, _ fetch: FetchRequest, bytesMax: Int,
        isFirst: Bool
    ) -> Result {
        if let fault = fetch.call.fault { return Result(error: fault) }
        guard let partition = partitions[name] else {
            return Result(error: .unknownTopicOrPartition)
        }
        if let fault = epochFault(part.leaderEpoch) { return Result(error: fault) }
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
        _ fetch: FetchRequest, _ name: TopicPartition, _ result: Result,
        _ body: inout WireWriter
    ) {
        let partition = result.partition
        body.write(
            name.partition, result.error, partition?.highWatermark ?? -1,
            partition?.lastStableOffset ?? -1)
        if fetch.call.version >= 5 { body.int64(partition?.startOffset ?? -1) }
        if fetch.isCommitted {
            body.array(result.aborted) { $0.write($1.producerID, $1.firstOffset) }
        } else {
            body.int32(-1)
        }
        if fetch.call.version >= 11 { body.int32(-1) }
        body.records(result.range)
    }
}
