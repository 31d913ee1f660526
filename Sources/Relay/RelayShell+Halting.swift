internal import Kafka
internal import Ledger
internal import Postgres

/// What cannot go on without an operator: said in the ledger, told once, then waited for.
extension RelayShell {
    /// Throws where the ledger does not take it: then another relay holds the lease, and looks for
    /// itself, or this one begins again and comes to the same end.
    func halt(_ halt: RelayHalt) throws(PostgresFailure) -> RelayMachine.Action {
        try withConnection { (connection) throws(PostgresFailure) in
            try RelayMarks.halt(
                &connection, term: term, limit: configuration.leaseLimit, halt: halt)
        }
        return machine.halted()
    }

    /// Holds nothing while it waits: whoever is first when the word comes goes on.
    func awaitResume(_ reason: String) throws(PostgresFailure) -> RelayMachine.Action {
        tell(halted: reason)
        closeProducer()
        if term != 0 {
            let given = term
            term = 0
            try withConnection { (connection) throws(PostgresFailure) in
                try RelayMarks.releaseLease(&connection, term: given)
            }
        }
        let deadline = ContinuousClock.now + configuration.renewInterval
        var isTold = false
        while !isTold, !stop.isRequested, ContinuousClock.now < deadline {
            let limit = deadline - ContinuousClock.now
            let notes = try withConnection { (connection) throws(PostgresFailure) in
                try connection.waitForNotifications(timeout: limit, or: stop.wake)
            }
            isTold = notes.contains { $0.channel == RelayMarks.stateChannel }
        }
        if stop.isRequested { machine.stopRequestCame() }
        return machine.looked(
            haltedBecause: try withConnection { (connection) throws(PostgresFailure) in
                try RelayMarks.haltedBecause(&connection)
            })
    }

    private func tell(halted reason: String) {
        guard told != reason else { return }
        told = reason
        observer.observed(.halted(reason: reason))
    }

    /// What the broker refuses for good, by the error of a call or by a record's report.
    func refusal(behind failure: KafkaFailure) throws(KafkaFailure) -> KafkaFailure? {
        if failure.isRefusal { return failure }
        var refused: KafkaFailure?
        try withProducer { producer throws(KafkaFailure) in
            _ = producer.poll(timeout: .zero) { report in
                if let cause = report.failure, cause.isRefusal { refused = cause }
            }
        }
        return refused
    }

    /// Ends the transaction, so that nothing holds committed readers back, and says why for an
    /// operator. A transaction that cannot be ended now ends by its timeout or by the next producer.
    func abandoned(_ failure: KafkaFailure) -> RelayRefusal {
        do {
            try retrying(for: .seconds(5)) { producer throws(KafkaFailure) in
                try producer.abort(timeout: .seconds(1))
            }
        } catch {
            observer.observed(
                .failed(reason: "the transaction was not aborted: \(error)", attempt: 1))
        }
        return RelayRefusal(failure)
    }
}

/// The broker refuses a record, whoever sends it and however often. `reason` is one sentence for an
/// operator.
struct RelayRefusal: Error {
    let reason: String

    init(_ failure: KafkaFailure) {
        let remedy =
            switch failure.code {
            case "MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE":
                "raise max.message.bytes of the topic (`headway topics apply` sets what the contract says)"
            case let code where code.hasSuffix("AUTHORIZATION_FAILED"):
                "allow the relay's user to read and write the output topics under its transactional id"
            case "INVALID_TIMESTAMP":
                "set the broker's clock, or raise message.timestamp.after.max.ms of the topic"
            default: "look at the topic's settings and the broker's log"
            }
        reason =
            "the broker refuses what is to be published, now and later (\(failure)): \(remedy), "
            + "then `headway resume relay --execute`"
    }
}
