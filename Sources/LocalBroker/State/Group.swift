/// A member's wish to be part of a group.
struct JoinRequest: Equatable, Sendable {
    struct Choice: Equatable, Sendable {
        var name: String
        var metadata: [UInt8]
    }

    var member = ""
    var instance: String?
    var clientID = ""
    var sessionMilliseconds: Int64
    var rebalanceMilliseconds: Int64
    var protocolType: String
    var protocols: [Choice]
    /// A dynamic member is told its id before it is let in, so that a lost answer leaves nobody.
    var needsID = true

    var bytes: Int { protocols.reduce(0) { $0 + $1.name.utf8.count + $1.metadata.count } }
}

struct JoinAnswer: Equatable, Sendable {
    struct Joined: Equatable, Sendable {
        var id: String
        var instance: String?
        var metadata: [UInt8]
    }

    var error = ErrorCode.none
    var generation: Int32 = -1
    var protocolName = ""
    var leader = ""
    var member: String
    /// For the leader alone.
    var members: [Joined] = []
}

enum GroupAction: Equatable, Sendable {
    case answerJoin(Call, JoinAnswer)
    case answerSync(Call, ErrorCode, [UInt8])
}

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
        var deadline: Int64

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
    private var actions: [GroupAction] = []

    init(now: Int64) { emptySince = now }

    mutating func takeActions() -> [GroupAction] {
        defer { actions = [] }
        return actions
    }

    // MARK: what members ask

    mutating func join(
        _ request: JoinRequest, _ call: Call, newID: String, now: Int64,
        limits: BrokerSettings.Limits
    ) {
        let own = index(request.member) ?? index(instance: request.instance)
        let others = members.reduce(0) { $0 + $1.request.bytes } - (own.map(bytes) ?? 0)
        let isPending = pending[request.member] != nil
        if own == nil && !isPending && members.count + pending.count >= limits.groupMembersMax
            || others + request.bytes > limits.groupMetadataBytesMax
        {
            refuse(call, .groupMaxSizeReached, request.member)
        } else if !supports(request) {
            refuse(call, .inconsistentGroupProtocol, request.member)
        } else if isPending {
            add(request.member, request, call, now)
        } else if !request.member.isEmpty {
            rejoin(request, call, now)
        } else if let at = index(instance: request.instance) {
            replace(at, request, call, newID, now)
        } else if request.instance == nil && request.needsID {
            pending[newID] = now + request.sessionMilliseconds
            wake(now + request.sessionMilliseconds)
            refuse(call, .memberIDRequired, newID)
        } else {
            add(newID, request, call, now)
        }
        completeIfAllJoined(now)
    }

    mutating func sync(
        member: String, instance: String?, generation: Int32, assignments: [String: [UInt8]],
        _ call: Call, now: Int64
    ) {
        var refusal = check(member, instance, generation)
        if refusal == .none && state == .preparingRebalance { refusal = .rebalanceInProgress }
        guard refusal == .none, let at = index(member) else {
            return actions.append(.answerSync(call, refusal, []))
        }
        if let earlier = members[at].syncing {
            actions.append(.answerSync(earlier, .rebalanceInProgress, []))
        }
        members[at].syncing = call
        members[at].owesSync = false
        if !members.contains(where: \.owesSync) { syncDeadline = .max }
        if state == .completingRebalance && leader == member {
            for at in members.indices { members[at].assignment = assignments[members[at].id] ?? [] }
            state = .stable
        }
        guard state == .stable else { return }
        for at in members.indices { answerSync(at, .none, now) }
    }

    mutating func heartbeat(_ member: String, _ instance: String?, _ generation: Int32, now: Int64)
        -> ErrorCode
    {
        let refusal = check(member, instance, generation)
        guard refusal == .none, let at = index(member) else { return refusal }
        extend(at, now)
        return state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    /// A static member may be named by its instance alone.
    mutating func leave(_ member: String, _ instance: String?, now: Int64) -> ErrorCode {
        if pending.removeValue(forKey: member) != nil {
            completeIfAllJoined(now)
            return .none
        }
        guard let at = instance == nil ? index(member) : index(instance: instance) else {
            return .unknownMemberID
        }
        if !member.isEmpty && members[at].id != member { return .fencedInstanceID }
        let id = members[at].id
        remove(where: { $0.id == id }, now)
        return .none
    }

    /// Whether offsets may be committed. A negative generation is a consumer without a group.
    mutating func commit(_ member: String, _ instance: String?, _ generation: Int32, now: Int64)
        -> ErrorCode
    {
        if generation < 0 && state == .empty { return .none }
        let refusal = check(member, instance, generation)
        guard refusal == .none, let at = index(member) else { return refusal }
        if state == .completingRebalance { return .rebalanceInProgress }
        extend(at, now)
        return .none
    }

    /// A connection is gone: its requests are not answered any more, and its members have from now
    /// on their session's time to come back.
    mutating func forget(connection: UInt64, now: Int64) {
        for at in members.indices {
            let calls = [members[at].joining, members[at].syncing]
            guard calls.contains(where: { $0?.connection == connection }) else { continue }
            members[at].joining = nil
            members[at].syncing = nil
            extend(at, now)
        }
    }

    mutating func timePassed(now: Int64) {
        guard now >= alarm else { return }
        pending = pending.filter { $0.value > now }
        remove(where: { $0.expiry <= now }, now)
        if rebalanceDeadline <= now { complete(now) }
        if syncDeadline <= now { remove(where: \.owesSync, now) }
        alarm = min(rebalanceDeadline, syncDeadline, pending.values.min() ?? .max)
        for member in members { wake(member.expiry) }
    }

    /// Whether a member of a consumer group reads the topic; its protocols share one form.
    func isSubscribed(to topic: String) -> Bool {
        protocolType == "consumer"
            && members.contains { member in
                member.request.protocols.first?.metadata.withUnsafeBytes { bytes in
                    var reader = WireReader(bytes)
                    do throws(WireFailure) {
                        _ = try reader.int16()
                        return try reader.strings().contains(topic)
                    } catch {
                        return false
                    }
                } ?? false
            }
    }

    func metadata(_ member: Member) -> [UInt8] {
        member.request.protocols.first { $0.name == protocolName }?.metadata ?? []
    }

    // MARK: within

    private func index(_ id: String) -> Int? { members.firstIndex { $0.id == id } }

    private func index(instance: String?) -> Int? {
        instance.flatMap { name in members.firstIndex { $0.request.instance == name } }
    }

    private func bytes(_ at: Int) -> Int { members[at].request.bytes }

    private func check(_ member: String, _ instance: String?, _ generation: Int32) -> ErrorCode {
        if instance != nil {
            guard let at = index(instance: instance) else { return .unknownMemberID }
            if members[at].id != member { return .fencedInstanceID }
        }
        if index(member) == nil { return .unknownMemberID }
        return generation == self.generation ? .none : .illegalGeneration
    }

    /// The protocols that every member has.
    private func candidates() -> Set<String> {
        var common = Set(members.first?.request.protocols.map(\.name) ?? [])
        for member in members { common.formIntersection(member.request.protocols.map(\.name)) }
        return common
    }

    private func supports(_ request: JoinRequest) -> Bool {
        if members.isEmpty { return !request.protocolType.isEmpty && !request.protocols.isEmpty }
        let candidates = candidates()
        return protocolType == request.protocolType
            && request.protocols.contains { candidates.contains($0.name) }
    }

    /// Every member votes for the first of its protocols that all have.
    private func elected() -> String? {
        let candidates = candidates()
        var votes: [String: Int] = [:]
        for member in members {
            guard let vote = member.request.protocols.first(where: { candidates.contains($0.name) })
            else { continue }
            votes[vote.name, default: 0] += 1
        }
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    private mutating func wake(_ deadline: Int64) { alarm = min(alarm, deadline) }

    private mutating func extend(_ at: Int, _ now: Int64) {
        members[at].deadline = now + members[at].request.sessionMilliseconds
        wake(members[at].deadline)
    }

    private mutating func refuse(_ call: Call, _ error: ErrorCode, _ member: String) {
        actions.append(.answerJoin(call, JoinAnswer(error: error, member: member)))
    }

    private mutating func add(_ id: String, _ request: JoinRequest, _ call: Call, _ now: Int64) {
        pending[id] = nil
        if members.isEmpty { (protocolType, leader) = (request.protocolType, id) }
        members.append(Member(id: id, request: request, joining: call, deadline: now))
        rebalance(now)
    }

    private mutating func rejoin(_ request: JoinRequest, _ call: Call, _ now: Int64) {
        let refusal = check(request.member, request.instance, generation)
        guard refusal == .none, let at = index(request.member) else {
            return refuse(call, refusal, request.member)
        }
        let isNews =
            members[at].request.protocols != request.protocols
            || state == .stable && leader == request.member
        answerJoin(at, .rebalanceInProgress)
        members[at].request = request
        members[at].joining = call
        // Who asks again without news has lost its answer, or is an impatient follower.
        if !isNews && state != .preparingRebalance { return answerJoin(at, .none) }
        rebalance(now)
    }

    /// A static member came back without its id: it is given a new one, and whoever still has the
    /// old one is fenced. As in Kafka this is no reason for a rebalance while the group is stable
    /// and would choose the same protocol; that its leader is named as the old one keeps it from
    /// making a new assignment.
    private mutating func replace(
        _ at: Int, _ request: JoinRequest, _ call: Call, _ newID: String, _ now: Int64
    ) {
        answerJoin(at, .fencedInstanceID)
        answerSync(at, .fencedInstanceID, now)
        let earlierLeader = leader
        if leader == members[at].id { leader = newID }
        members[at].id = newID
        members[at].request = request
        members[at].joining = call
        extend(at, now)
        guard state == .stable && elected() == protocolName else { return rebalance(now) }
        let answer = JoinAnswer(
            generation: generation, protocolName: protocolName ?? "",
            leader: earlierLeader ?? "", member: newID)
        members[at].joining = nil
        actions.append(.answerJoin(call, answer))
    }

    private mutating func remove(where isGone: (Member) -> Bool, _ now: Int64) {
        let gone = Set(members.filter(isGone).map(\.id))
        for at in members.indices where gone.contains(members[at].id) {
            answerJoin(at, .unknownMemberID)
            answerSync(at, .unknownMemberID, now)
        }
        members.removeAll { gone.contains($0.id) }
        if let leader, gone.contains(leader) { self.leader = members.first?.id }
        if !gone.isEmpty { rebalance(now) }
        completeIfAllJoined(now)
    }

    private mutating func rebalance(_ now: Int64) {
        guard state != .preparingRebalance else { return }
        let wasEmpty = state == .empty
        for at in members.indices {
            answerSync(at, .rebalanceInProgress, now)
            members[at].owesSync = false
        }
        syncDeadline = .max
        state = .preparingRebalance
        awaitJoins(now)
        // The first member waits for nobody: Kafka's delay of the first rebalance is 0 here.
        if wasEmpty { complete(now) }
    }

    private mutating func awaitJoins(_ now: Int64) {
        rebalanceDeadline = now + (members.map(\.request.rebalanceMilliseconds).max() ?? 0)
        wake(rebalanceDeadline)
    }

    private mutating func completeIfAllJoined(_ now: Int64) {
        if state == .preparingRebalance && (pending.isEmpty || members.isEmpty)
            && members.allSatisfy({ $0.joining != nil })
        {
            complete(now)
        }
    }

    /// Who did not join is out, but for static members, who stay until their session ends.
    private mutating func complete(_ now: Int64) {
        members.removeAll { $0.joining == nil && $0.request.instance == nil }
        if let first = members.first(where: { $0.joining != nil }) {
            if leader.flatMap(index).map({ members[$0].joining == nil }) ?? true {
                leader = first.id
            }
        } else if !members.isEmpty {
            return awaitJoins(now)
        }
        rebalanceDeadline = .max
        generation += 1
        protocolName = elected()
        guard !members.isEmpty else {
            (state, leader, emptySince) = (.empty, nil, now)
            return
        }
        state = .completingRebalance
        syncDeadline = now + (members.map(\.request.rebalanceMilliseconds).max() ?? 0)
        wake(syncDeadline)
        for at in members.indices {
            answerJoin(at, .none)
            members[at].owesSync = true
            extend(at, now)
        }
    }

    private mutating func answerJoin(_ at: Int, _ error: ErrorCode) {
        guard let call = members[at].joining else { return }
        members[at].joining = nil
        let id = members[at].id
        guard error == .none else { return refuse(call, error, id) }
        var answer = JoinAnswer(
            generation: generation, protocolName: protocolName ?? "", leader: leader ?? "",
            member: id)
        if leader == id {
            answer.members = members.map {
                .init(id: $0.id, instance: $0.request.instance, metadata: metadata($0))
            }
        }
        actions.append(.answerJoin(call, answer))
    }

    private mutating func answerSync(_ at: Int, _ error: ErrorCode, _ now: Int64) {
        guard let call = members[at].syncing else { return }
        members[at].syncing = nil
        extend(at, now)
        let assignment = error == .none ? members[at].assignment : []
        actions.append(.answerSync(call, error, assignment))
    }
}
