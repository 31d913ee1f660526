/// One group of the classic protocol, as Kafka's coordinator has it.
///
///     empty ──join──▶ preparingRebalance ──all joined, or timeout──▶ completingRebalance
///     completingRebalance ──leader's sync──▶ stable ──join, leave, timeout──▶ preparingRebalance
///     preparingRebalance ──nobody left──▶ empty
///
/// Dead, Kafka's fifth state, is a group that is not there.
struct Group: Equatable, Sendable {
    enum State: String, Sendable {
        case empty = "Empty"
        case preparingRebalance = "PreparingRebalance"
        case completingRebalance = "CompletingRebalance"
        case stable = "Stable"
    }

    struct Member: Equatable, Sendable {
        var id: String
        var request: JoinRequest
        var assignment: [UInt8] = []
        /// The requests that wait; both at once never.
        var joining: Call?
        var syncing: Call?
        /// Joined and did not ask for its assignment yet.
        var owesSync = false
        var deadline = Int64.max

        /// A member that waits for the group cannot send heartbeats; its connection stands for it.
        var expiry: Int64 { joining == nil && syncing == nil ? deadline : .max }
    }

    private(set) var state = State.empty
    private(set) var generation: Int32 = 0
    private(set) var protocolType: String?
    private(set) var protocolName: String?
    private(set) var leader: String?
    /// In the order of joining: the eldest follows a leader that is gone.
    private(set) var members: [Member] = []
    /// Ids given to dynamic members who have not come back with them, and until when they may.
    private(set) var pending: [String: Int64] = [:]
    private(set) var emptySince: Int64
    private var rebalanceDeadline = Int64.max
    private var syncDeadline = Int64.max
    /// Rings no later than the earliest deadline. Heartbeats only move deadlines away, so they need
    /// not touch it: when it rings too early, it is set again.
    private(set) var alarm = Int64.max
    /// The time of the event that is handled.
    var now: Int64
    private var actions: [GroupAction] = []

    init(now: Int64) { (self.now, emptySince) = (now, now) }

    mutating func takeActions() -> [GroupAction] { taken(&actions) }

    // MARK: what members ask

    mutating func join(
        _ request: JoinRequest, _ call: Call, newID: String, _ limits: BrokerSettings.Limits
    ) {
        let own = index(request.member) ?? index(instance: request.instance)
        let bytes = members.indices.reduce(request.bytes) {
            $0 + ($1 == own ? 0 : members[$1].request.bytes)
        }
        let isPending = pending[request.member] != nil
        let isFull = members.count + pending.count >= limits.groupMembersMax
        if own == nil && !isPending && isFull || bytes > limits.groupMetadataBytesMax {
            refuse(call, .groupMaxSizeReached, request.member)
        } else if !supports(request) {
            refuse(call, .inconsistentGroupProtocol, request.member)
        } else if isPending {
            add(request.member, request, call)
        } else if !request.member.isEmpty {
            rejoin(request, call)
        } else if let own {
            replace(own, request, call, newID)
        } else if request.instance == nil && request.needsID {
            pending[newID] = now + request.sessionMilliseconds
            wake(now + request.sessionMilliseconds)
            refuse(call, .memberIDRequired, newID)
        } else {
            add(newID, request, call)
        }
        completeIfAllJoined()
    }

    mutating func sync(_ member: Membership, _ assignments: [String: [UInt8]], _ call: Call) {
        let (at, unknown) = find(member)
        let refusal =
            unknown == .none && state == .preparingRebalance ? .rebalanceInProgress : unknown
        if refusal != .none { return actions.append(.answerSync(call, refusal, [])) }
        answerSync(at, .rebalanceInProgress)
        members[at].syncing = call
        members[at].owesSync = false
        if !members.contains(where: \.owesSync) { syncDeadline = .max }
        if state == .completingRebalance && leader == member.id {
            for at in members.indices { members[at].assignment = assignments[members[at].id] ?? [] }
            state = .stable
        }
        guard state == .stable else { return }
        for at in members.indices { answerSync(at, .none) }
    }

    mutating func heartbeat(_ member: Membership) -> ErrorCode {
        let (at, refusal) = find(member)
        if refusal != .none { return refusal }
        extend(at)
        return state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    /// A static member may be named by its instance alone.
    mutating func leave(_ id: String, _ instance: String?) -> ErrorCode {
        let isPending = pending.removeValue(forKey: id) != nil
        if !isPending {
            guard let at = instance == nil ? index(id) : index(instance: instance) else {
                return .unknownMemberID
            }
            let own = members[at].id
            if !id.isEmpty && id != own { return .fencedInstanceID }
            remove { $0.id == own }
        }
        completeIfAllJoined()
        return .none
    }

    /// Whether offsets may be committed. A negative generation is a consumer without a group.
    mutating func commit(_ member: Membership) -> ErrorCode {
        if member.generation < 0 && state == .empty { return .none }
        let (at, refusal) = find(member)
        if refusal != .none { return refusal }
        if state == .completingRebalance { return .rebalanceInProgress }
        extend(at)
        return .none
    }

    /// A connection is gone: its requests are not answered any more, and its members have from now
    /// on their session's time to come back.
    mutating func forget(connection: UInt64) {
        for at in members.indices {
            let call = members[at].joining ?? members[at].syncing
            guard call?.connection == connection else { continue }
            (members[at].joining, members[at].syncing) = (nil, nil)
            extend(at)
        }
    }

    mutating func timePassed() {
        guard now >= alarm else { return }
        pending = pending.filter { $0.value > now }
        remove { [now] in $0.expiry <= now }
        completeIfAllJoined()
        if rebalanceDeadline <= now { complete() }
        if syncDeadline <= now { remove(where: \.owesSync) }
        completeIfAllJoined()
        alarm = min(rebalanceDeadline, syncDeadline, pending.values.min() ?? .max)
        for member in members { wake(member.expiry) }
    }

    func metadata(_ member: Member) -> [UInt8] {
        member.request.protocols.first { $0.name == protocolName }?.metadata ?? []
    }

    // MARK: who is who

    private func index(_ id: String) -> Int? { members.firstIndex { $0.id == id } }

    private func index(instance: String?) -> Int? {
        instance.flatMap { name in members.firstIndex { $0.request.instance == name } }
    }

    /// The member's place, or why it may not ask.
    private func find(_ member: Membership) -> (at: Int, refusal: ErrorCode) {
        let named = member.instance == nil ? index(member.id) : index(instance: member.instance)
        guard let at = named else { return (0, .unknownMemberID) }
        if members[at].id != member.id { return (at, .fencedInstanceID) }
        return (at, member.generation == generation ? .none : .illegalGeneration)
    }

    /// The protocols that every member has.
    private var candidates: Set<String> {
        var common = Set(members.first?.request.protocols.map(\.name) ?? [])
        for member in members { common.formIntersection(member.request.protocols.map(\.name)) }
        return common
    }

    private func supports(_ request: JoinRequest) -> Bool {
        if members.isEmpty { return !request.protocolType.isEmpty && !request.protocols.isEmpty }
        return protocolType == request.protocolType
            && !candidates.isDisjoint(with: request.protocols.map(\.name))
    }

    /// Every member votes for the first of its protocols that all have.
    private var elected: String? {
        let candidates = candidates
        let votes = members.compactMap { member in
            member.request.protocols.first { candidates.contains($0.name) }?.name
        }
        let counts = Dictionary(votes.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    // MARK: coming and going

    private mutating func add(_ id: String, _ request: JoinRequest, _ call: Call) {
        pending[id] = nil
        if members.isEmpty { (protocolType, leader) = (request.protocolType, id) }
        members.append(Member(id: id, request: request, joining: call))
        rebalance()
    }

    private mutating func rejoin(_ request: JoinRequest, _ call: Call) {
        let (at, refusal) = find(
            Membership(
                group: "", generation: generation, id: request.member, instance: request.instance))
        if refusal != .none { return refuse(call, refusal, request.member) }
        let isNews =
            members[at].request.protocols != request.protocols
            || state == .stable && leader == request.member
        answerJoin(at, .rebalanceInProgress)
        (members[at].request, members[at].joining) = (request, call)
        // Who asks again without news has lost its answer, or is an impatient follower.
        if !isNews && state != .preparingRebalance { return answerJoin(at, .none) }
        rebalance()
    }

    /// A static member came back without its id: it is given a new one, and whoever still has the
    /// old one is fenced. As in Kafka this is no reason for a rebalance while the group is stable
    /// and would choose the same protocol; that its leader is named as the old one keeps it from
    /// making a new assignment.
    private mutating func replace(
        _ at: Int, _ request: JoinRequest, _ call: Call, _ newID: String
    ) {
        answerJoin(at, .fencedInstanceID)
        answerSync(at, .fencedInstanceID)
        let earlierLeader = leader
        if leader == members[at].id { leader = newID }
        (members[at].id, members[at].request) = (newID, request)
        extend(at)
        if state == .stable && elected == protocolName {
            var answer = welcome(newID)
            answer.leader = earlierLeader ?? ""
            actions.append(.answerJoin(call, answer))
        } else {
            members[at].joining = call
            rebalance()
        }
    }

    private mutating func remove(where isGone: (Member) -> Bool) {
        let gone = Set(members.filter(isGone).map(\.id))
        if gone.isEmpty { return }
        for at in members.indices where gone.contains(members[at].id) {
            answerJoin(at, .unknownMemberID)
            answerSync(at, .unknownMemberID)
        }
        members.removeAll { gone.contains($0.id) }
        if let leader, gone.contains(leader) { self.leader = members.first?.id }
        rebalance()
    }

    // MARK: rebalances

    private mutating func rebalance() {
        guard state != .preparingRebalance else { return }
        let wasEmpty = state == .empty
        for at in members.indices {
            answerSync(at, .rebalanceInProgress)
            members[at].owesSync = false
        }
        state = .preparingRebalance
        (rebalanceDeadline, syncDeadline) = (patience(), .max)
        // The first member waits for nobody: Kafka's delay of the first rebalance is 0 here.
        if wasEmpty { complete() }
    }

    /// Until when the most patient member waits for others.
    private mutating func patience() -> Int64 {
        let until = now + (members.map(\.request.rebalanceMilliseconds).max() ?? 0)
        wake(until)
        return until
    }

    private mutating func completeIfAllJoined() {
        if state == .preparingRebalance && (pending.isEmpty || members.isEmpty)
            && members.allSatisfy({ $0.joining != nil })
        {
            complete()
        }
    }

    /// Who did not join is out, but for static members, who stay until their session ends.
    private mutating func complete() {
        members.removeAll { $0.joining == nil && $0.request.instance == nil }
        let joined = members.filter { $0.joining != nil }.map(\.id)
        if joined.isEmpty && !members.isEmpty {
            rebalanceDeadline = max(patience(), now + 1_000)
            return
        }
        if !joined.contains(where: { $0 == leader }) { leader = joined.first }
        (rebalanceDeadline, syncDeadline) = (.max, members.isEmpty ? .max : patience())
        generation += 1
        protocolName = elected
        state = members.isEmpty ? .empty : .completingRebalance
        if members.isEmpty { emptySince = now }
        for at in members.indices {
            answerJoin(at, .none)
            members[at].owesSync = true
            extend(at)
        }
    }

    // MARK: answers and deadlines

    private mutating func refuse(_ call: Call, _ error: ErrorCode, _ id: String) {
        actions.append(.answerJoin(call, JoinAnswer(error: error, member: id)))
    }

    private func welcome(_ id: String) -> JoinAnswer {
        JoinAnswer(
            generation: generation, protocolName: protocolName ?? "", leader: leader ?? "",
            member: id)
    }

    private mutating func answerJoin(_ at: Int, _ error: ErrorCode) {
        guard let call = members[at].joining else { return }
        members[at].joining = nil
        let id = members[at].id
        if error != .none { return refuse(call, error, id) }
        var answer = welcome(id)
        answer.members = (leader == id ? members : []).map {
            .init(id: $0.id, instance: $0.request.instance, metadata: metadata($0))
        }
        actions.append(.answerJoin(call, answer))
    }

    private mutating func answerSync(_ at: Int, _ error: ErrorCode) {
        guard let call = members[at].syncing else { return }
        members[at].syncing = nil
        extend(at)
        actions.append(.answerSync(call, error, error == .none ? members[at].assignment : []))
    }

    private mutating func extend(_ at: Int) {
        members[at].deadline = now + members[at].request.sessionMilliseconds
        wake(members[at].deadline)
    }

    private mutating func wake(_ deadline: Int64) { alarm = min(alarm, deadline) }
}
