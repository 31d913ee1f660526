/// Why a record was put aside. CONTRACT.md, "What becomes of a record".
package struct DeadLetterReason: Error, Equatable, Sendable {
    /// How far the record came.
    package enum Stage: String, Sendable, CaseIterable {
        /// The bytes are no CloudEvent in JSON.
        case decode
        /// They are, but not one that the stream's contract allows.
        case validate
        /// The event is sound, but the ledger could not take it.
        case apply
    }

    /// The stable names that dead letters carry. Operators and tests rely on them.
    package enum Name: String, Sendable, CaseIterable {
        case tooLarge = "too_large"
        case notCloudEvent = "not_cloudevent"
        case badJSON = "bad_json"
        case duplicateMember = "duplicate_member"
        case missingMember = "missing_member"
        case wrongType = "wrong_type"
        case outOfRange = "out_of_range"
        case badSpecversion = "bad_specversion"
        case unknownType = "unknown_type"
        case badTime = "bad_time"
        case overflow
        /// PostgreSQL refused the event's values.
        case rejected
        /// The process died at this record again and again.
        case quarantined
    }

    package var stage: Stage
    package var name: Name
    /// What is wrong, where, and at which byte: one sentence without the record's own texts.
    package var message: String

    /// The stable name as it is written to the ledger.
    package var reason: String { name.rawValue }

    package init(stage: Stage, name: Name, message: String) {
        self.stage = stage
        self.name = name
        self.message = message
    }
}
