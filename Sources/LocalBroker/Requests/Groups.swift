/// What the requests of groups share: their machine's answers, its clock, and lists by topic.
extension Broker {
    /// `offsets.retention.minutes` of Kafka's defaults.
    private static let offsetRetentionMilliseconds: Int64 = 7 * 86_400_000

    func answerGroups() {
        for action in groups.takeActions() {
            switch action {
            case .answerJoin(let call, let join): answer(call, joinBody(call, join))
            case .answerSync(let call, let error, let assignment):
                var body = WireWriter(call, throttledFrom: 1)
                body.error(error)
                body.bytes(assignment)
                answer(call, body)
            }
        }
    }

    func groupsTimePassed() throws {
        groups.timePassed(now: monotonic)
        answerGroups()
        let interval = settings.retentionCheckMilliseconds
        guard groups.isCleanupDue(now: monotonic, every: interval) else { return }
        let kept = Self.offsetRetentionMilliseconds
        // A restart forgets since when a group is empty: it counts from the start then.
        let expired = offsets.expired(before: wall - kept) {
            groups.emptySince($0) ?? .max < monotonic - kept
        }
        for key in expired { try persist(.offsetRemoved(key)) }
        groups.forgetEmpty { !offsets.has($0) }
    }
}

/// Elements listed under their topics, as most requests have them.
struct ByTopic<Element> {
    var topic: String
    var elements: [Element]
}

extension WireReader {
    /// As Heartbeat, SyncGroup and OffsetCommit begin; static members came later to each.
    mutating func membership(hasInstance: Bool) throws(WireFailure) -> Membership {
        var member = Membership(
            group: try string(), generation: try int32(), id: try string(), instance: nil)
        if hasInstance { member.instance = try nullableString() }
        return member
    }

    mutating func byTopic<Element>(
        _ element: (inout WireReader) throws(WireFailure) -> Element
    ) throws(WireFailure) -> [ByTopic<Element>]? {
        try nullableArray { (one: inout WireReader) throws(WireFailure) in
            ByTopic(topic: try one.string(), elements: try one.array(element))
        }
    }

    mutating func partitions() throws(WireFailure) -> [ByTopic<Int32>]? {
        try byTopic { (one: inout WireReader) throws(WireFailure) in try one.int32() }
    }
}

extension WireWriter {
    /// An answer's body, which starts with the throttle time (none) from this version on.
    init(_ call: Call, throttledFrom version: Int16) {
        self.init()
        if call.version >= version { int32(0) }
    }

    mutating func byTopic<Element>(
        _ topics: [ByTopic<Element>], _ each: (inout WireWriter, String, Element) throws -> Void
    ) rethrows {
        try array(topics) { writer, topic in
            writer.string(topic.topic)
            try writer.array(topic.elements) { try each(&$0, topic.topic, $1) }
        }
    }
}
