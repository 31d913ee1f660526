internal import CPostgres

extension PostgresConnection {
    package enum Isolation: String, Sendable {
        case readCommitted = "read committed"
        /// One snapshot for the whole transaction.
        case repeatableRead = "repeatable read"
        case serializable = "serializable"
    }

    /// Runs BEGIN, the statements and COMMIT in one round trip; all of it happens or nothing.
    ///
    /// The first statement that fails makes the server skip the rest, COMMIT too. COMMIT itself
    /// counts only by its command tag: that of a failed transaction answers ROLLBACK, and no error.
    /// When the connection is lost after COMMIT was sent and before its tag was read, the failure's
    /// `outcomeUnknown` is true.
    package mutating func transaction(
        _ statements: [PostgresStatement], isolation: Isolation = .readCommitted
    ) throws(PostgresFailure) -> [PostgresRows] {
        guard isBroken || PQtransactionStatus(handle) == PQTRANS_IDLE else {
            throw PostgresFailure(kind: .other, message: "a transaction is open already")
        }
        let commit = statements.count + 1
        let answer = try exchange(
            [.command("begin isolation level \(isolation.rawValue)")]
                + statements.map { .statement($0) } + [.command("commit")])
        if var failure = answer.failure {
            // An error that the server told of a statement before COMMIT is sure: it never came to
            // COMMIT.
            let known =
                answer.failedStep.map { $0 < commit || failure.kind != .connection } ?? false
            failure.outcomeUnknown = !known
            if !isBroken { rollBack() }
            throw failure
        }
        try check(commitTag: answer.rows[commit].commandTag)
        return Array(answer.rows[1..<commit])
    }

    /// Runs the body in a transaction of several round trips, and undoes it when the body throws.
    package mutating func inTransaction<R>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false,
        _ body: (inout PostgresConnection) throws(PostgresFailure) -> R
    ) throws(PostgresFailure) -> R {
        try begin(isolation: isolation, readOnly: readOnly)
        let result: R
        do throws(PostgresFailure) {
            result = try body(&self)
        } catch {
            rollBack()
            throw error
        }
        try commit()
        return result
    }

    /// Opens a transaction of several round trips. End it by `commit` or `rollBack`.
    package mutating func begin(
        isolation: Isolation = .readCommitted, readOnly: Bool = false
    ) throws(PostgresFailure) {
        let sql = "begin isolation level \(isolation.rawValue)\(readOnly ? " read only" : "")"
        if let failure = try exchange([.command(sql)]).failure { throw failure }
    }

    /// Commits the open transaction. The tag is checked, and an outcome that stays unknown is told
    /// as such.
    package mutating func commit() throws(PostgresFailure) {
        let answer = try exchange([.command("commit")])
        if var failure = answer.failure {
            failure.outcomeUnknown = failure.kind == .connection
            throw failure
        }
        try check(commitTag: answer.rows[0].commandTag)
    }

    /// Undoes the open transaction, where there is one. A connection that cannot is given up, which
    /// undoes it too.
    package mutating func rollBack() {
        guard !isBroken else { return }
        do throws(PostgresFailure) {
            if try exchange([.command("rollback")]).failure != nil { isBroken = true }
        } catch {
            isBroken = true
        }
        if PQtransactionStatus(handle) != PQTRANS_IDLE { isBroken = true }
    }

    private mutating func check(commitTag tag: String) throws(PostgresFailure) {
        guard tag == "COMMIT" else {
            throw PostgresFailure(
                kind: .other, message: "the transaction had failed: COMMIT answered \(tag)")
        }
        if PQtransactionStatus(handle) != PQTRANS_IDLE { isBroken = true }
    }
}
