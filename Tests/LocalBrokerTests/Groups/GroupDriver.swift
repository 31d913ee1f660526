import Testing

@testable import LocalBroker

/// Drives the machine as connections and clocks do, and keeps every answer by its request's slot.
/// A request answered twice is a failure wherever it happens.
struct GroupDriver {
    var machine = GroupCoordinator()
    var now: Int64 = 1_000
    var limits = BrokerSettings.Limits()
    private(set) var joins: [UInt64: JoinAnswer] = [:]
    private(set) var syncs: [UInt64: (error: ErrorCode, assignment: [UInt8])] = [:]
    private var slots: UInt64 = 0

    static let group = "g"

    var group: Group? { machine.groups[Self.group] }
    var state: Group.State? { group?.state }

    static func request(
        _ member: String = "", instance: String? = nil, protocols: [String] = ["range"],
        metadata: [UInt8] = [], session: Int64 = 10_000, rebalance: Int64 = 30_000,
        needsID: Bool = false, type: String = "consumer"
    ) -> JoinRequest {
        JoinRequest(
            member: member, instance: instance, clientID: "client", sessionMilliseconds: session,
            rebalanceMilliseconds: rebalance, protocolType: type,
            protocols: protocols.map { .init(name: $0, metadata: metadata) }, needsID: needsID)
    }

    private mutating func call(_ api: API, _ connection: UInt64?) -> Call {
        slots += 1
        return Call(
            connection: connection ?? slots, slot: slots, api: api, version: 0, correlation: 0,
            clientID: "client")
    }

    private mutating func settle() {
        for action in machine.takeActions() {
            switch action {
            case .answerJoin(let call, let answer):
                #expect(joins.updateValue(answer, forKey: call.slot) == nil, "answered twice")
            case .answerSync(let call, let error, let assignment):
                #expect(syncs[call.slot] == nil, "answered twice")
                syncs[call.slot] = (error, assignment)
            }
        }
    }

    /// Returns the request's slot; a member without an id would get `m<slot>`.
    @discardableResult
    mutating func join(
        _ request: JoinRequest, group: String = Self.group, connection: UInt64? = nil
    ) -> UInt64 {
        let call = call(.joinGroup, connection)
        machine.join(group, request, call, newID: "m\(call.slot)", now: now, limits: limits)
        settle()
        return call.slot
    }

    @discardableResult
    mutating func sync(
        _ member: String, _ generation: Int32, instance: String? = nil,
        _ assignments: [String: [UInt8]] = [:], connection: UInt64? = nil
    ) -> UInt64 {
        let call = call(.syncGroup, connection)
        machine.sync(
            Membership(
                group: Self.group, generation: generation, id: member, instance: instance),
            assignments, call, now: now)
        settle()
        return call.slot
    }

    mutating func heartbeat(_ member: String, _ generation: Int32, instance: String? = nil)
        -> ErrorCode
    {
        defer { settle() }
        return machine.heartbeat(
            Membership(
                group: Self.group, generation: generation, id: member, instance: instance), now: now
        )
    }

    @discardableResult
    mutating func leave(_ member: String, instance: String? = nil) -> ErrorCode {
        defer { settle() }
        return machine.leave(Self.group, member, instance, now: now)
    }

    mutating func commit(_ member: String, _ generation: Int32, instance: String? = nil)
        -> ErrorCode
    {
        machine.commit(
            Membership(
                group: Self.group, generation: generation, id: member, instance: instance),
            hasOffsets: false, now: now)
    }

    mutating func close(_ connection: UInt64) {
        machine.closed(connection: connection, now: now)
        settle()
    }

    mutating func pass(_ milliseconds: Int64) {
        now += milliseconds
        machine.timePassed(now: now)
        settle()
    }

    /// Members, in their order, of a stable group; the first leads.
    mutating func stable(_ requests: [JoinRequest]) -> [String] {
        var slots: [UInt64] = []
        for request in requests { slots.append(join(request)) }
        // The first was alone in the first generation: it joins again.
        let first = joins[slots[0]]?.member ?? ""
        var again = requests[0]
        again.member = first
        if requests.count > 1 { slots[0] = join(again) }
        let ids = slots.map { joins[$0]?.member ?? "" }
        let generation = group?.generation ?? 0
        sync(first, generation, instance: requests[0].instance, shares(ids))
        for (id, request) in zip(ids, requests).dropFirst() {
            sync(id, generation, instance: request.instance)
        }
        #expect(state == .stable)
        return ids
    }

    func shares(_ ids: [String]) -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: ids.map { ($0, Array($0.utf8)) })
    }
}
