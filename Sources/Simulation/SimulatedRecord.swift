/// One record as the city's systems send it. The buffers are reused from record to record.
package struct SimulatedRecord: Sendable {
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: [UInt8]
        package init(_ name: String, _ value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// Why the simulation sends the record: for tests and for the closing summary, not for the
    /// wire.
    package enum Kind: Hashable, Sendable {
        case plain, outOfOrder, late, duplicate, correction, withdrawal, reading, story
        /// The same event booked once more; a withdrawal follows.
        case doubled
        case tick, tombstone
        /// A record that becomes a dead letter.
        case corrupt(Corruption)
    }

    package var stream = SimulatedStream.tourism
    package var kind = Kind.plain
    package var key: [UInt8] = []
    /// The value; without meaning where `isTombstone`.
    package var value: [UInt8] = []
    package var isTombstone = false
    package var headers: [Header] = []
    /// When it is delivered, in milliseconds since 1970: the record's timestamp.
    package var timestampMilliseconds: Int64 = 0
    /// Ticks go to each partition of their topic; nil leaves the choice to the key.
    package var partition: Int32?

    package init() {}
}

/// The ways in which a record can be wrong, one for each reason of a dead letter that decoding
/// knows.
package enum Corruption: Int, Sendable, CaseIterable {
    case badJSON, notCloudEvent, duplicateMember, missingMember, wrongType, outOfRange
    case badSpecversion, unknownType, badTime, overflow, tooLarge

    /// The stable reason that the dead letter will carry.
    package var reason: String {
        switch self {
        case .badJSON: "bad_json"
        case .notCloudEvent: "not_cloudevent"
        case .duplicateMember: "duplicate_member"
        case .missingMember: "missing_member"
        case .wrongType: "wrong_type"
        case .outOfRange: "out_of_range"
        case .badSpecversion: "bad_specversion"
        case .unknownType: "unknown_type"
        case .badTime: "bad_time"
        case .overflow: "overflow"
        case .tooLarge: "too_large"
        }
    }
}
