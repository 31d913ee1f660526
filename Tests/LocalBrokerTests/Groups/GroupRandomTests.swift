import Testing

@testable import LocalBroker

/// Many members, each a small client that does what it is told, with pauses, crashes and
/// lost connections in an order that the seed decides; every third is a static member.
@Suite struct GroupRandomTests {
    @Test(arguments: UInt64(1)...40)
    func everyHistoryEndsStable(seed: UInt64) {
        var world = GroupWorld(seed: seed)
        for _ in 0..<2_000 { world.step() }
        world.calm()
        #expect(world.driver.state == .stable, "seed \(seed)")
        #expect(world.driver.group?.members.count == world.clients.count, "seed \(seed)")
        #expect(world.waiting.isEmpty, "seed \(seed): a request is never answered")
        #expect(!world.closed.isEmpty)
        let late = world.closed.filter {
            world.driver.joins[$0] != nil || world.driver.syncs[$0] != nil
        }
        #expect(late.isEmpty, "seed \(seed): an answer to a connection that is gone")
        #expect(world.generations > 3, "seed \(seed): nothing happened")
    }
}

/// xorshift: the same history for the same seed everywhere.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

struct GroupWorld {
    struct Client {
        enum Waits { case join, sync }
        var id = ""
        var instance: String?
        var generation: Int32 = -1
        var isLeader = false
        var members: [String] = []
        var protocols: [String]
        /// The open request.
        var waits: Waits?
        var slot: UInt64 = 0
        /// Has an assignment of its generation.
        var isWorking = false
        var isAlive = true
    }

    var driver = GroupDriver()
    var clients: [Client] = []
    var dice: Dice
    var waiting: Set<UInt64> { Set(clients.filter { $0.waits != nil }.map(\.slot)) }
    private(set) var generations: Int32 = 0
    /// Requests that waited when their connection went.
    private(set) var closed: Set<UInt64> = []
    /// Who was given which assignment in which generation.
    private var given: [Int32: [String: [UInt8]]] = [:]

    init(seed: UInt64) {
        dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
        for number in 0..<12 {
            let instance = number.isMultiple(of: 3) ? "i\(number)" : nil
            clients.append(Client(instance: instance, protocols: ["a", "b"]))
        }
    }

    mutating func step() {
        let at = Int.random(in: clients.indices, using: &dice)
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<70: act(at)
        case 70..<90:
            driver.pass(Int64.random(in: 1...3_000, using: &dice))
        case 90..<93: crash(at)
        case 93..<95:
            _ = driver.leave(clients[at].id, instance: clients[at].instance)
            crash(at)
        case 95..<97:
            close(at)
        case 97: clients[at].protocols = clients[at].protocols.reversed()
        case 98: driver.pass(40_000)
        default: clients[at].isAlive = false
        }
        look()
    }

    /// Nobody crashes any more; everybody goes on until all is quiet.
    mutating func calm() {
        for _ in 0..<200 {
            for at in clients.indices {
                clients[at].isAlive = true
                act(at)
                look()
            }
            driver.pass(500)
            look()
        }
    }

    private mutating func close(_ at: Int) {
        let slot = clients[at].slot
        driver.close(slot)
        // A leave just before may have answered it.
        let isAnswered = driver.joins[slot] != nil || driver.syncs[slot] != nil
        if clients[at].waits != nil && !isAnswered { closed.insert(slot) }
        clients[at].waits = nil
    }

    private mutating func crash(_ at: Int) {
        close(at)
        clients[at] = Client(instance: clients[at].instance, protocols: ["a", "b"])
    }

    private mutating func act(_ at: Int) {
        let client = clients[at]
        guard client.isAlive || Int.random(in: 0..<4, using: &dice) == 0 else { return }
        guard client.waits == nil else { return }
        if client.generation < 0 {
            let request = GroupDriver.request(
                client.id, instance: client.instance, protocols: client.protocols,
                rebalance: 15_000, needsID: true)
            clients[at].waits = .join
            clients[at].slot = driver.join(request)
        } else if !client.isWorking {
            let shares = client.isLeader ? driver.shares(client.members) : [:]
            clients[at].waits = .sync
            clients[at].slot = driver.sync(
                client.id, client.generation, instance: client.instance, shares)
        } else {
            failed(at, driver.heartbeat(client.id, client.generation, instance: client.instance))
        }
    }

    private mutating func failed(_ at: Int, _ error: ErrorCode) {
        switch error {
        case .none: return
        case .rebalanceInProgress, .illegalGeneration: break
        case .unknownMemberID, .fencedInstanceID: clients[at].id = ""
        default: Issue.record("\(error)")
        }
        clients[at].generation = -1
        clients[at].isWorking = false
    }

    /// Clients read their answers; what must always hold is checked.
    private mutating func look() {
        for at in clients.indices {
            let slot = clients[at].slot
            if clients[at].waits == .join, let answer = driver.joins[slot] {
                clients[at].waits = nil
                joined(at, answer)
            } else if clients[at].waits == .sync, let answer = driver.syncs[slot] {
                clients[at].waits = nil
                if answer.error == .none { assigned(at, answer.assignment) }
                failed(at, answer.error)
            }
        }
        guard let group = driver.group else { return }
        #expect(group.generation >= generations, "a generation went back")
        generations = group.generation
        let instances = group.members.compactMap(\.request.instance)
        #expect(Set(instances).count == instances.count, "an instance twice")
        #expect((group.leader == nil) == group.members.isEmpty)
        #expect(group.leader.map { id in group.members.contains { $0.id == id } } ?? true)
        #expect((group.state == .empty) == group.members.isEmpty)
        #expect(
            group.members.allSatisfy { $0.joining == nil } || group.state == .preparingRebalance)
        #expect(
            group.members.allSatisfy { $0.syncing == nil } || group.state == .completingRebalance)
        let earliest = group.members.map(\.expiry).min() ?? .max
        #expect(driver.machine.nextDeadline ?? .max <= earliest, "the alarm is late")
    }

    private mutating func joined(_ at: Int, _ answer: JoinAnswer) {
        if answer.error == .memberIDRequired {
            clients[at].id = answer.member
        } else if answer.error == .none {
            clients[at].id = answer.member
            clients[at].generation = answer.generation
            clients[at].isLeader = answer.leader == answer.member
            clients[at].members = answer.members.map(\.id)
            clients[at].isWorking = false
        } else {
            failed(at, answer.error)
        }
    }

    /// Each share is given to one member of a generation; a replaced instance inherits its own.
    private mutating func assigned(_ at: Int, _ share: [UInt8]) {
        clients[at].isWorking = true
        let owner = clients[at].instance ?? clients[at].id
        let others = given[clients[at].generation, default: [:]].filter { $0.key != owner }
        #expect(share.isEmpty || !others.values.contains(share), "a share given to two")
        given[clients[at].generation, default: [:]][owner] = share
    }
}
