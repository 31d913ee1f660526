package import Contracts

/// How large a record may be and how early an event. What the contract of a stream bounds is not
/// here.
package struct EventLimits: Sendable, Equatable {
    /// Fields of `data` that a contract may read, and elements of a list: sizes of the flat
    /// structure.
    package static let fieldsMax = 16
    package static let listMax = 8
    /// Nested objects and lists of a value, the outermost counted.
    package static let depthMax = 32
    package static let numberLengthMax = 40
    package static let attributeBytesMax = 1_024

    package static let standard = EventLimits(
        valueBytesMax: 262_144, earliest: Instant(seconds: 946_684_800))

    /// Of a record's value. At most 2^30.
    package var valueBytesMax: Int
    /// No event happened before: 2000-01-01T00:00:00Z.
    package var earliest: Instant

    package init(valueBytesMax: Int, earliest: Instant) {
        self.valueBytesMax = valueBytesMax
        self.earliest = earliest
    }
}
