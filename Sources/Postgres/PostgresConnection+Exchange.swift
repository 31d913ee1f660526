internal import CPostgres
internal import Glibc

extension PostgresConnection {
    /// One message of a pipeline.
    enum Step {
        case statement(PostgresStatement)
        /// A command without parameters that is not worth planning.
        case command(String)
    }

    /// What came back for a pipeline.
    struct Answer {
        /// One for each step that succeeded, in order. All of them, where there is no failure.
        var rows: [PostgresRows] = []
        var failure: PostgresFailure?
        /// The step that failed; nil when the connection was lost in between.
        var failedStep: Int?
    }

    /// What libpq will hand back next.
    private enum Expected {
        case prepared(step: Int, key: PreparedKey)
        case step(Int)
    }

    /// Sends all steps and a sync, and reads all their answers: one round trip.
    ///
    /// Throws only when nothing was sent. Everything after that is told by the answer.
    mutating func exchange(_ steps: [Step]) throws(PostgresFailure) -> Answer {
        guard !isBroken else { throw .connection("the connection was lost earlier") }
        let deadline = ContinuousClock.now + callTimeout
        var answer = Answer()
        var expected: [Expected] = []
        var refused: (Int, PostgresFailure)?
        do throws(PostgresFailure) {
            if prepared.count >= Self.preparedMax {
                prepared.removeAll()
                try sent(PQsendQueryParams(handle, "deallocate all", 0, nil, nil, nil, nil, 1))
                expected.append(.step(-1))
            }
            for (index, step) in steps.enumerated() {
                do throws(PostgresFailure) {
                    try send(step, index: index, expected: &expected)
                } catch {
                    // Not sendable, but the connection lives: what went before it is undone by the
                    // server.
                    guard !isBroken else { throw error }
                    refused = (index, error)
                    break
                }
            }
            try sent(PQpipelineSync(handle))
            try flush(until: deadline)
            try collect(expected, statements: steps, into: &answer, until: deadline)
        } catch {
            isBroken = true
            if answer.failure == nil { answer.failure = error }
            return answer
        }
        if let refused, answer.failure == nil { (answer.failedStep, answer.failure) = refused }
        return answer
    }

    private mutating func send(
        _ step: Step, index: Int, expected: inout [Expected]
    ) throws(PostgresFailure) {
        switch step {
        case .command(let sql):
            try sent(PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1))
        case .statement(let statement):
            guard statement.parameters.count <= 65_535, encoder.encode(statement.parameters) else {
                throw PostgresFailure(
                    kind: .data, sqlState: "54000",
                    message: "a parameter is larger than the protocol carries")
            }
            let key = PreparedKey(sql: statement.sql, oids: encoder.oids)
            let count = Int32(statement.parameters.count)
            let name: String
            if let known = prepared[key] {
                name = known
            } else {
                preparedCount += 1
                name = "h\(preparedCount)"
                try sent(PQsendPrepare(handle, name, statement.sql, count, encoder.oids))
                prepared[key] = name
                expected.append(.prepared(step: index, key: key))
            }
            try sent(
                PQsendQueryPrepared(
                    handle, name, count, encoder.values(), encoder.lengths, encoder.formats, 1))
        }
        expected.append(.step(index))
    }

    private mutating func sent(_ code: Int32) throws(PostgresFailure) {
        if code != 1 { throw lost() }
    }

    private mutating func collect(
        _ expected: [Expected], statements: [Step], into answer: inout Answer,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresFailure) {
        for (place, next) in expected.enumerated() {
            do throws(PostgresFailure) {
                try collectOne(next, statements: statements, into: &answer, until: deadline)
            } catch {
                // Plans that were not confirmed are unknown; the connection is gone anyway.
                forget(expected[place...])
                throw error
            }
        }
        guard let sync = try nextResult(until: deadline), sync.status == PGRES_PIPELINE_SYNC else {
            throw lost()
        }
        if let state = answer.failure?.sqlState, state == "0A000" || state == "26000" {
            // Planned statements that no longer fit the schema, or that a pooler lost: plan anew.
            prepared.removeAll()
        }
    }

    private mutating func collectOne(
        _ next: Expected, statements: [Step], into answer: inout Answer,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresFailure) {
        guard let result = try nextResult(until: deadline) else { throw lost() }
        let step: Int
        var planned: PreparedKey?
        switch next {
        case .prepared(let index, let key): (step, planned) = (index, key)
        case .step(let index): step = index
        }
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if planned == nil, step >= 0 { answer.rows.append(PostgresRows(result)) }
        case PGRES_PIPELINE_ABORTED:
            if let planned { prepared[planned] = nil }
        case PGRES_FATAL_ERROR:
            if let planned { prepared[planned] = nil }
            guard answer.failure == nil else { break }
            var sql: String?
            if step >= 0, case .statement(let statement) = statements[step] { sql = statement.sql }
            answer.failure = describe(result, statement: sql)
            answer.failedStep = answer.failure?.sqlState == nil ? nil : step
        default:
            // COPY: nothing here uses it, and it cannot be left in an orderly way.
            throw lost()
        }
        guard PQstatus(handle) == CONNECTION_OK else { throw answer.failure ?? lost() }
        guard try nextResult(until: deadline) == nil else { throw lost() }
    }

    private mutating func forget(_ expected: ArraySlice<Expected>) {
        for case .prepared(_, let key) in expected { prepared[key] = nil }
    }

    /// The next result, or nil where libpq marks the end of one statement's results.
    mutating func nextResult(
        until deadline: ContinuousClock.Instant
    ) throws(PostgresFailure) -> ResultHandle? {
        while PQisBusy(handle) != 0 {
            guard PQstatus(handle) == CONNECTION_OK else { throw lost() }
            _ = try wait(writable: false, wake: nil, until: deadline, givingUpOn: "an answer")
            // A failure shows in the status, after what had arrived before it was read.
            PQconsumeInput(handle)
        }
        return PQgetResult(handle).map { ResultHandle($0) }
    }

    /// Writes out what libpq holds. Reads on meanwhile, or both sides would wait for each other.
    mutating func flush(until deadline: ContinuousClock.Instant) throws(PostgresFailure) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                if try wait(
                    writable: true, wake: nil, until: deadline, givingUpOn: "the server to read")
                {
                    PQconsumeInput(handle)
                }
            default: throw lost()
            }
        }
    }

    /// Waits until the socket is readable (or writable, or the wake was called); true when it is
    /// readable. When the deadline passes, gives the connection up and throws, if it is told what
    /// was waited for.
    mutating func wait(
        writable: Bool, wake: PostgresWake?, until deadline: ContinuousClock.Instant,
        givingUpOn what: String?
    ) throws(PostgresFailure) -> Bool {
        let socket = PQsocket(handle)
        guard socket >= 0 else { throw lost() }
        var polled = [
            pollfd(fd: socket, events: Int16(POLLIN) | (writable ? Int16(POLLOUT) : 0), revents: 0),
            pollfd(fd: wake?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = (deadline - ContinuousClock.now).milliseconds
            let ready = poll(&polled, 2, Int32(clamping: max(0, left)))
            if ready < 0 {
                guard errno == EINTR else { throw lost() }
                continue
            }
            if ready == 0, let what {
                isBroken = true
                throw .connection(
                    "gave up waiting for \(what): no sign of it within \(callTimeout)")
            }
            return polled[0].revents & ~Int16(POLLOUT) != 0
        }
    }

    /// Marks the connection as lost and tells what libpq knows of the reason.
    mutating func lost() -> PostgresFailure {
        isBroken = true
        let reason = firstLine(PQerrorMessage(handle))
        return .connection("the connection was lost" + (reason.isEmpty ? "" : ": \(reason)"))
    }

    /// The failure that an error result tells. Marks the connection as lost where the error ended
    /// it.
    mutating func describe(_ result: ResultHandle, statement: String?) -> PostgresFailure {
        guard let state = result.errorField("C") else { return lost() }
        var kind = PostgresFailure.kind(ofSQLState: state)
        let severity = result.errorField("V")
        if severity == "FATAL" || severity == "PANIC" { kind = .connection }
        // A session on a server that turned read-only is of no use either.
        if kind == .connection { isBroken = true }
        var message: String
        if PostgresFailure.messageIsSafe(state), let primary = result.errorField("M") {
            message = primary
        } else {
            message = "the server refused the statement"
        }
        let places =
            [("constraint", "n"), ("table", "t"), ("column", "c"), ("type", "d")]
            as [(String, Character)]
        for (word, field) in places {
            if let name = result.errorField(field) { message += ", \(word) \(name)" }
        }
        if let statement {
            let start = statement.split(separator: "\n").first.map { $0.prefix(72) } ?? ""
            message += " (in: \(start))"
        }
        return PostgresFailure(kind: kind, sqlState: state, message: message)
    }
}
