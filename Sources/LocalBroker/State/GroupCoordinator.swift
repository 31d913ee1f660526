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

    mutating func takeActions() -> [GroupAction] {
        defer { actions = [] }
        return actions
    }

    func isKnown(_ group: String) -> Bool { groups[group] != nil }

    func isEmpty(_ group: String) -> Bool { groups[group].map { $0.state == .empty } ?? true }

    /// Since when a group without members has none, as far as this run knows.
    func emptySince(_ group: String) -> Int64 { groups[group]?.emptySince ?? startedAt }

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
        guard refusal == .none else {
            let answer = JoinAnswer(error: refusal, member: request.member)
            return actions.append(.answerJoin(call, answer))
        }
        tell(group) { $0.join(request, call, newID: newID, now: now, limits: limits) }
    }

    mutating func sync(
        _ group: String, member: String, instance: String?, generation: Int32,
        assignments: [String: [UInt8]], _ call: Call, now: Int64
    ) {
        let told: Void? = tell(group) {
            $0.sync(
                member: member, instance: instance, generation: generation,
                assignments: assignments, call, now: now)
        }
        if told == nil { actions.append(.answerSync(call, absence(group), [])) }
    }

    mutating func heartbeat(
        _ group: String, _ member: String, _ instance: String?, _ generation: Int32, now: Int64
    ) -> ErrorCode {
        tell(group) { $0.heartbeat(member, instance, generation, now: now) } ?? absence(group)
    }

    mutating func leave(_ group: String, _ member: String, _ instance: String?, now: Int64)
        -> ErrorCode
    {
        tell(group) { $0.leave(member, instance, now: now) } ?? absence(group)
    }

    /// Whether offsets may be committed; a group that only has offsets is empty.
    mutating func commit(
        _ group: String, _ member: String, _ instance: String?, _ generation: Int32, now: Int64
    ) -> ErrorCode {
        tell(group) { $0.commit(member, instance, generation, now: now) }
            ?? (generation < 0 ? .none : .illegalGeneration)
    }

    mutating func closed(connection: UInt64, now: Int64) {
        for group in Array(groups.keys) {
            tell(group) { $0.forget(connection: connection, now: now) }
        }
    }

    mutating func timePassed(now: Int64) {
        guard now >= alarm else { return }
        alarm = .max
        for group in Array(groups.keys) { tell(group) { $0.timePassed(now: now) } }
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
    private mutating func tell<Answer>(_ group: String, _ event: (inout Group) -> Answer) -> Answer?
    {
        guard let at = groups.index(forKey: group) else { return nil }
        defer {
            actions += groups.values[at].takeActions()
            alarm = min(alarm, groups.values[at].alarm)
        }
        return event(&groups.values[at])
    }
}
