internal import Glibc

/// From bytes to calls: sizes, headers, limits and faults.
extension EventLoop {
    private static let requestsPerRound = 16
    /// How long a large request may take to arrive while others wait for its memory.
    private static let stallMilliseconds: Int64 = 30_000
    /// Key, version, correlation and client id.
    private static let headerSize = 10

    func receive(_ connection: Connection) throws {
        switch connection.receive() {
        case .nothing: return
        case .bytes: break
        case .end: connection.hasEnded = true
        case .failed: return close(connection)
        }
        try process(connection)
    }

    /// Handles the whole requests that are there, and makes room for the one that is not.
    func process(_ connection: Connection) throws {
        var left = Self.requestsPerRound
        while takesRequests(connection) {
            if connection.isControl {
                guard controlLine(connection) else { break }
                continue
            }
            guard let size = connection.requestSize else { break }
            guard (Self.headerSize...limits.requestBytesMax).contains(size) else {
                return close(connection, "a request of \(size) bytes")
            }
            guard let bytes = connection.request else {
                makeRoom(connection, size + 4)
                break
            }
            guard left > 0 else {
                backlog.insert(connection.id)
                return updateInterest(connection)
            }
            left -= 1
            try handle(connection, bytes)
            guard connections[connection.id] === connection else { return }
            connection.took(size + 4)
            if connection.extraBytes > Connection.keptBytesMax { shrink(connection) }
        }
        if connection.hasEnded, connection.mutedBy != nil { return close(connection) }
        if connection.hasEnded, connection.request == nil { connection.isFinishing = true }
        if connection.isFinished { return close(connection) }
        updateInterest(connection)
    }

    private func handle(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) throws {
        var reader = WireReader(bytes)
        var what = "a request"
        do {
            let key = try reader.int16()
            let version = try reader.int16()
            let correlation = try reader.int32()
            what = "request \(key) version \(version)"
            let clientID = try reader.nullableString()
            let slot = connection.takeSlot()
            guard let api = API(rawValue: key) else {
                return refuse(connection, slot, correlation, what)
            }
            let call = Call(
                connection: connection.id, slot: slot, api: api, version: version,
                correlation: correlation, clientID: clientID ?? "")
            if api.versions.contains(version) {
                if api.isFlexible(version) { try reader.skipTags() }
            } else if api != .apiVersions {
                // ApiVersions itself answers a version that it does not know with those it does.
                return refuse(connection, slot, correlation, what)
            }
            try apply(call, connection, &reader)
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            close(connection, "\(what): \(error)")
        }
    }

    /// UNSUPPORTED_VERSION and the end of the connection: its client could not read more.
    private func refuse(
        _ connection: Connection, _ slot: UInt64, _ correlation: Int32, _ what: String
    ) {
        complain("connection \(connection.id) closed: \(what) is not supported")
        var answer = WireWriter()
        answer.int32(6)
        answer.int32(correlation)
        answer.error(.unsupportedVersion)
        settle(connection, slot, answer.finished(), isLast: true)
    }

    private func apply(
        _ call: Call, _ connection: Connection, _ reader: inout WireReader
    ) throws {
        var call = call
        defer { hooks.saw(call.api) }
        let fault = hooks.take(call.api)
        var body = reader
        switch fault {
        case .close?: return close(connection)
        case .error(let code)?:
            guard API.withErrors.contains(call.api) else {
                return close(connection, "no answer of \(call.api) with error \(code) is known")
            }
            call.fault = ErrorCode(rawValue: code)
        case .endTxnLate? where call.api == .endTxn:
            let id = try reader.string()
            var late = call
            late.connection = 0
            lateEndTxns[id] = (late, Array(try body.take(body.remaining)))
            return settle(connection, call.slot, [], isLast: true)
        case .dropBeforeApplying?, .endTxnLate?:
            return settle(connection, call.slot, [], isLast: true)
        case .delay?, .dropAfterApplying?: connection.fates[call.slot] = fault
        case nil: break
        }
        try broker.received(call, &reader)
        for muted in broker.takeMuted() { connections[muted.connection]?.mutedBy = muted.slot }
        if call.api == .addPartitionsToTxn,
            let late = lateEndTxns.removeValue(forKey: try body.string())
        {
            try late.body.withUnsafeBytes { bytes in
                var reader = WireReader(bytes)
                try broker.received(late.call, &reader)
            }
        }
        if broker.settings.durability == .always { try flush() }
    }

    // MARK: room for large requests

    /// A request's memory is taken whole before it is read, so that those who have theirs can always
    /// finish; small requests need none and never wait.
    private func makeRoom(_ connection: Connection, _ count: Int) {
        let grown = Connection.capacity(for: count) - Connection.readAhead - connection.extraBytes
        if grown > 0, inboundBytes + grown > limits.inboundBytesMax {
            for other in connections.values where other.isEmpty && other !== connection {
                shrink(other)
            }
            if inboundBytes + grown > limits.inboundBytesMax {
                connection.isWaitingForRoom = true
                roomWaiters.append(connection.id)
                return
            }
        }
        let before = connection.extraBytes
        connection.expect(count, now: broker.monotonic)
        inboundBytes += connection.extraBytes - before
    }

    private func shrink(_ connection: Connection) {
        let before = connection.extraBytes
        guard before > 0, connection.unread.count <= Connection.readAhead else { return }
        connection.shrink()
        gaveBack(before)
    }

    func gaveBack(_ bytes: Int) {
        guard bytes > 0 else { return }
        inboundBytes -= bytes
        for id in roomWaiters {
            connections[id]?.isWaitingForRoom = false
            backlog.insert(id)
        }
        roomWaiters = []
    }

    var stallDeadline: Int64? {
        if roomWaiters.isEmpty { return nil }
        return connections.values.lazy.compactMap(\.begunAt).min().map {
            $0 + Self.stallMilliseconds
        }
    }

    func closeStalled() {
        guard let due = stallDeadline, due <= broker.monotonic else { return }
        for connection in connections.values {
            if let begun = connection.begunAt, begun + Self.stallMilliseconds <= broker.monotonic {
                close(connection, "a large request that did not end while others waited for room")
            }
        }
    }
}
