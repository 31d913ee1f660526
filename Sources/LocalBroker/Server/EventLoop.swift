internal import CEpoll
internal import Glibc

/// The thread that owns the broker and its sockets. Level-triggered: what is left unread or unsent
/// is told again, so that every connection can have its share of a round and no more.
final class EventLoop {
    private static let wakeID: UInt64 = 0
    private static let listenerID: UInt64 = 1
    private static let controlListenerID: UInt64 = 2
    private static let firstConnectionID: UInt64 = 16
    private static let stopMilliseconds: Int64 = 1_000

    let broker: Broker
    let hooks: FaultHooks
    let limits: BrokerSettings.Limits
    private let control: LoopControl
    private let flusher: Flusher
    private let epoll: Int32
    private var listener: Listener?
    private var controlListener: Listener?
    private var nextID = firstConnectionID
    private(set) var connections: [UInt64: Connection] = [:]

    /// Buffers beyond `Connection.readAhead` of all connections.
    var inboundBytes = 0
    var roomWaiters: [UInt64] = []
    /// Have requests that could be looked at, though their sockets may be silent.
    var backlog: Set<UInt64> = []
    /// Have answers that could be sent.
    var unsent: Set<UInt64> = []
    private var delayed: [(due: Int64, call: Call, pieces: [AnswerPiece])] = []
    /// EndTxn requests that will arrive late, by transactional id.
    var lateEndTxns: [String: (call: Call, body: [UInt8])] = [:]
    private var acceptAgainAt: Int64?
    private var frozenUntil: Int64?
    private var stopBy: Int64?
    private var isFlusherBusy = false
    private var complaints = Complaints()

    init(
        _ broker: Broker, control: LoopControl, listener: Listener, controlListener: Listener?
    ) throws(StartFailure) {
        self.broker = broker
        self.control = control
        self.listener = listener
        self.controlListener = controlListener
        hooks = broker.hooks
        limits = broker.settings.limits
        flusher = try Flusher(broker.settings.durability, done: control.wake)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw StartFailure("no epoll: \(errorText(errno))") }
        broker.housekeeping.runAside = { job in
            try startThread {
                let result = Result { try job.run() }
                control.post { $0.broker.compacted(job, result) }
            }
        }
        watch(control.wake.descriptor, Self.wakeID, EPOLLIN.rawValue)
        watch(listener.descriptor, Self.listenerID, EPOLLIN.rawValue)
        if let controlListener {
            watch(controlListener.descriptor, Self.controlListenerID, EPOLLIN.rawValue)
        }
    }

    deinit { Glibc.close(epoll) }

    /// Returns why it ended; nil where it was told to.
    func run() -> String? {
        defer { flusher.end() }
        do {
            try serve()
            try broker.close()
            return nil
        } catch {
            broker.abandon()
            broker.report("the local broker ends: \(error)")
            return "\(error)"
        }
    }

    private func serve() throws {
        var events = [epoll_event](repeating: epoll_event(), count: 128)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
            if count < 0, errno != EINTR {
                throw StartFailure("epoll_wait: \(errorText(errno))")
            }
            tellTime()
            for event in events.prefix(Int(max(0, count))) {
                try happened(event.data.u64, event.events)
            }
            if let until = frozenUntil, broker.monotonic < until {
                sendAll()
                continue
            }
            thaw()
            if let due = broker.nextDeadline, due <= broker.monotonic { try broker.timePassed() }
            if let due = acceptAgainAt, due <= broker.monotonic { pauseAccepting(false) }
            releaseDelayed()
            closeStalled()
            let ready = backlog
            backlog = []
            for id in ready { if let connection = connections[id] { try process(connection) } }
            try flush()
            deliver()
            if let stopBy, !isFlusherBusy,
                stopBy <= broker.monotonic || !connections.values.contains(where: \.hasOutput)
            {
                return
            }
        }
    }

    private func tellTime() {
        broker.wall = Clock.wall()
        broker.monotonic = Clock.monotonic()
    }

    /// Milliseconds until there is something to do without any event; -1: never.
    private func timeout() -> Int32 {
        if !backlog.isEmpty, frozenUntil == nil { return 0 }
        let deadlines =
            frozenUntil.map { [$0] }
            ?? [
                broker.nextDeadline, delayed.lazy.map(\.due).min(), acceptAgainAt,
                isFlusherBusy ? nil : stopBy, stallDeadline,
            ].compactMap { $0 }
        guard let next = deadlines.min() else { return -1 }
        return Int32(clamping: max(0, next - Clock.monotonic()))
    }

    private func happened(_ id: UInt64, _ events: UInt32) throws {
        switch id {
        case Self.wakeID:
            control.wake.clear()
            for action in control.takeActions() { action(self) }
        case Self.listenerID: accept(listener, isControl: false)
        case Self.controlListenerID: accept(controlListener, isControl: true)
        default:
            guard let connection = connections[id] else { return }
            let gone = EPOLLERR.rawValue | EPOLLHUP.rawValue | EPOLLRDHUP.rawValue
            if events & gone != 0, events & EPOLLIN.rawValue == 0 { return close(connection) }
            if events & EPOLLOUT.rawValue != 0 { unsent.insert(id) }
            if events & EPOLLIN.rawValue != 0 { try receive(connection) }
        }
    }

    // MARK: connections

    private func accept(_ listener: Listener?, isControl: Bool) {
        for _ in 0..<64 {
            guard let descriptor = listener?.accept() else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                    complain("no connection can be taken for a moment: \(errorText(errno))")
                    pauseAccepting(true)
                }
                return
            }
            guard connections.count < limits.connectionsMax else {
                Glibc.close(descriptor)
                complain("a connection refused: there are \(connections.count)")
                continue
            }
            let connection = Connection(id: nextID, descriptor: descriptor, isControl: isControl)
            nextID += 1
            connections[connection.id] = connection
            connection.interest = EPOLLIN.rawValue
            watch(descriptor, connection.id, connection.interest)
        }
    }

    /// Without it a process that is out of descriptors would be told of the waiting one for ever.
    private func pauseAccepting(_ isPaused: Bool) {
        acceptAgainAt = isPaused ? broker.monotonic + 100 : nil
        let events = isPaused || frozenUntil != nil ? 0 : EPOLLIN.rawValue
        if let listener { watch(listener.descriptor, Self.listenerID, events, EPOLL_CTL_MOD) }
    }

    private func watch(
        _ descriptor: Int32, _ id: UInt64, _ events: UInt32, _ operation: Int32 = EPOLL_CTL_ADD
    ) {
        var event = epoll_event(events: events, data: epoll_data_t(u64: id))
        if epoll_ctl(epoll, operation, descriptor, &event) != 0 {
            complain("epoll_ctl: \(errorText(errno))")
        }
    }

    /// What the loop wants to be told of this connection, from what it may do now.
    func updateInterest(_ connection: Connection) {
        var wanted: UInt32 = 0
        if frozenUntil == nil || connection.isControl {
            if takesRequests(connection), !connection.isWaitingForRoom, connection.hasRoom {
                wanted |= EPOLLIN.rawValue
            }
            if connection.hasOutput { wanted |= EPOLLOUT.rawValue }
            // Its next request may never come: a client that goes away is noticed all the same.
            if connection.mutedBy != nil || connection.isWaitingForRoom {
                wanted |= EPOLLRDHUP.rawValue
            }
        }
        guard wanted != connection.interest else { return }
        connection.interest = wanted
        watch(connection.descriptor, connection.id, wanted, EPOLL_CTL_MOD)
    }

    func takesRequests(_ connection: Connection) -> Bool {
        stopBy == nil && (frozenUntil == nil || connection.isControl) && !connection.isFinishing
            && connection.mutedBy == nil
            && connection.waitingAnswers < limits.pipelinedRequestsMax
            && connection.outboundBytes <= limits.outboundBytesMax
    }

    func close(_ connection: Connection, _ reason: String? = nil) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        if let reason { complain("connection \(connection.id) closed: \(reason)") }
        gaveBack(connection.extraBytes)
        broker.closed(connection: connection.id)
    }

    /// One line, but a flood of hostile requests is no flood of lines.
    func complain(_ line: String) {
        if let line = complaints.add(line, now: broker.monotonic) { broker.report(line) }
    }

    private struct Complaints {
        private var since = Int64.min
        private var count = 0

        mutating func add(_ line: String, now: Int64) -> String? {
            let unsaid = max(0, count - 10)
            if since == .min || now - since >= 1_000 { (since, count) = (now, 0) }
            count += 1
            guard count <= 10 else { return nil }
            return count == 1 && unsaid > 0 ? "\(line) (\(unsaid) more before it)" : line
        }
    }

    // MARK: answers

    /// Hands out what the broker answered, and sends.
    private func deliver() {
        for (call, pieces) in broker.takeOutbox() {
            guard let connection = connections[call.connection] else { continue }
            switch connection.fates.removeValue(forKey: call.slot) {
            case .delay(let milliseconds)?:
                delayed.append((broker.monotonic + min(milliseconds, .max / 2), call, pieces))
            case .dropAfterApplying?: settle(connection, call.slot, [], isLast: true)
            default: settle(connection, call.slot, EventLoop.framed(call, pieces))
            }
        }
        sendAll()
    }

    /// While frozen to control connections alone: what others are owed is sent with the thaw.
    private func sendAll() {
        let ready = unsent
        unsent = []
        for id in ready { if let connection = connections[id] { send(connection) } }
    }

    func settle(
        _ connection: Connection, _ slot: UInt64, _ pieces: [AnswerPiece], isLast: Bool = false
    ) {
        connection.settle(slot, pieces, isLast: isLast)
        unsent.insert(connection.id)
    }

    private func releaseDelayed() {
        guard !delayed.isEmpty else { return }
        for (_, call, pieces) in delayed.filter({ $0.due <= broker.monotonic }) {
            if let connection = connections[call.connection] {
                settle(connection, call.slot, EventLoop.framed(call, pieces))
            }
        }
        delayed.removeAll { $0.due <= broker.monotonic }
    }

    /// The size, the correlation and, of flexible answers but those of ApiVersions, no tags.
    static func framed(_ call: Call, _ pieces: [AnswerPiece]) -> [AnswerPiece] {
        guard !pieces.isEmpty else { return [] }
        let size = pieces.reduce(4) { size, piece in
            switch piece {
            case .bytes(let bytes): size + bytes.count
            case .file(let range): size + range.count
            }
        }
        let hasTags = call.api.isFlexible(call.version) && call.api != .apiVersions
        var head = WireWriter()
        head.int32(Int32(size + (hasTags ? 1 : 0)))
        head.int32(call.correlation)
        if hasTags { head.unsignedVarint(0) }
        return head.finished() + pieces
    }

    private func send(_ connection: Connection) {
        if frozenUntil != nil, !connection.isControl { return }
        if case .failed(let reason) = connection.send() { return close(connection, reason) }
        if connection.isFinished { return close(connection) }
        if takesRequests(connection), !connection.isEmpty { backlog.insert(connection.id) }
        updateInterest(connection)
    }

    // MARK: flushing

    /// Begins the next flush where none is under way, and goes on with what the last one made
    /// durable. A failed flush ends the loop: nothing further is acknowledged.
    func flush() throws {
        if let done = flusher.takeDone() {
            isFlusherBusy = false
            try broker.flushed(try done.get())
        }
        let durability = broker.settings.durability
        while !isFlusherBusy, let job = try broker.takeFlushJob() {
            let isWork = !job.checkpoints.isEmpty || durability != .os && !job.files.isEmpty
            if isWork, durability != .always {
                isFlusherBusy = true
                flusher.start(job)
            } else {
                try job.run(durability)
                try broker.flushed(job)
            }
        }
    }

    // MARK: asked for by other threads

    func beginStopping() {
        guard stopBy == nil else { return }
        thaw()
        listener = nil
        controlListener = nil
        stopBy = broker.monotonic + Self.stopMilliseconds
        for connection in connections.values { updateInterest(connection) }
    }

    func freeze(milliseconds: Int64) {
        frozenUntil = broker.monotonic.addingReportingOverflow(max(0, milliseconds)).partialValue
        pauseAccepting(acceptAgainAt != nil)
        for connection in connections.values { updateInterest(connection) }
    }

    func thaw() {
        guard frozenUntil != nil else { return }
        frozenUntil = nil
        pauseAccepting(acceptAgainAt != nil)
        unsent.formUnion(connections.keys)
    }
}
