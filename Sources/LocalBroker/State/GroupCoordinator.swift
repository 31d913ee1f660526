/// All consumer groups: a pure machine on the monotonic clock (milliseconds). Nothing of it is
/// durable: after a restart members hear UNKNOWN_MEMBER_ID and join again. What is to be answered
/// stands in `takeActions`; a request that waits is answered once, or its connection is gone.
struct GroupCoordinator: Equatable, Sendable {
    private(set) var groups: [String: Group] = [:]
    private var actions: [GroupAction] = []
    private var alarm = Int64.max
    private var startedAt: Int64 = 0
    private var nextCleanup: Int64 = 0

    /// May be early, is never late.
    var nextDeadline: Int64? { min(alarm, nextCleanup) }

    mutating func takeActions() -> [GroupAction] { taken(&actions) }

    /// Since when nobody is in the group, as far as this run knows; nil: somebody is.
    func emptySince(_ group: String) -> Int64? {
        guard let group = groups[group] else { return startedAt }
        return group.state == .empty ? group.emptySince : nil
    }

    mutating func join(
        _ group: String, _ request: JoinRequest, _ call: Call, newID: String, now: Int64,
        limits: BrokerSettings.Limits
    ) {
        let times = limits.sessionTimeoutMillisecondsMin...limits.sessionTimeoutMillisecondsMax
        var refusal = ErrorCode.none
        if group.isEmpty {
            refusal = .invalidGroupID
        } else if !times.contains(Int32(clamping: request.sessionMilliseconds)) {
            refusal = .invalidSessionTimeout
        } else if groups[group] == nil {
            if groups.count >= limits.groupsMax { forgetEmpty { _ in true } }
            if groups.count >= limits.groupsMax { refusal = .groupMaxSizeReached }
            if !request.member.isEmpty { refusal = .unknownMemberID }
            if refusal == .none { groups[group] = Group(now: now) }
        }
        if refusal != .none {
            let answer = JoinAnswer(error: refusal, member: request.member)
            return actions.append(.answerJoin(call, answer))
        }
        tell(group, now) { $0.join(request, call, newID: newID, limits) }
    }

    mutating func sync(
        _ member: Membership, _ assignments: [String: [UInt8]], _ call: Call, now: Int64
    ) {
        let told: Void? = tell(member.group, now) { $0.sync(member, assignments, call) }
        if told == nil { actions.append(.answerSync(call, absence(member.group), [])) }
    }

    mutating func heartbeat(_ member: Membership, now: Int64) -> ErrorCode {
        tell(member.group, now) { $0.heartbeat(member) } ?? absence(member.group)
    }

    mutating func leave(_ group: String, _ id: String, _ instance: String?, now: Int64) -> ErrorCode
    {
        tell(group, now) { $0.leave(id, instance) } ?? absence(group)
    }

    /// Whether offsets may be committed; a group that only has offsets is empty.
    mutating func commit(_ member: Membership, hasOffsets: Bool, now: Int64) -> ErrorCode {
        tell(member.group, now) { $0.commit(member) }
            ?? (member.generation < 0 ? .none : hasOffsets ? .unknownMemberID : .illegalGeneration)
    }

    mutating func closed(connection: UInt64, now: Int64) {
        for group in Array(groups.keys) { tell(group, now) { $0.forget(connection: connection) } }
    }

    mutating func timePassed(now: Int64) {
        guard now >= alarm else { return }
        alarm = .max
        for group in Array(groups.keys) { tell(group, now) { $0.timePassed() } }
    }

    /// Whether it is time to look for what nobody uses any more; the first call starts the clock.
    mutating func isCleanupDue(now: Int64, every interval: Int64) -> Bool {
        guard now >= nextCleanup else { return false }
        defer { nextCleanup = now + interval }
        if nextCleanup == 0 { startedAt = now }
        return nextCleanup != 0
    }

    mutating func forgetEmpty(_ isGone: (String) -> Bool) {
        groups = groups.filter { id, group in
            group.state != .empty || !group.pending.isEmpty || !isGone(id)
        }
    }

    private func absence(_ group: String) -> ErrorCode {
        group.isEmpty ? .invalidGroupID : .unknownMemberID
    }

    @discardableResult
    private mutating func tell<Answer>(
        _ group: String, _ now: Int64, _ event: (inout Group) -> Answer
    ) -> Answer? {
        guard let at = groups.index(forKey: group) else { return nil }
        groups.values[at].now = now
        defer {
            actions += groups.values[at].takeActions()
            alarm = min(alarm, groups.values[at].alarm)
        }
        return event(&groups.values[at])
    }
}
