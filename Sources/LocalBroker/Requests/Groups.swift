/// What the requests of groups share: their machine's answers, its clock, and who asks.
extension Broker {
    /// `offsets.retention.minutes` of Kafka's defaults.
    private static let offsetRetentionMilliseconds: Int64 = 7 * 86_400_000

    func answerGroups() {
        for action in groups.takeActions() {
            switch action {
            case .answerJoin(let call, let join): answer(call, joinBody(call, join))
            case .answerSync(let call, let error, let assignment):
                answer(call, syncBody(call, error, assignment))
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

extension WireReader {
    /// As Heartbeat, SyncGroup and OffsetCommit begin; static members came later to each.
    mutating func membership(hasInstance: Bool) throws -> Membership {
        Membership(
            group: try string(), generation: try int32(), id: try string(),
            instance: hasInstance ? try nullableString() : nil)
    }
}
