/// The last segment of a day's fingerprints in the ledger: the one that is still appended to.
package struct FingerprintSegmentEnd: Sendable, Equatable {
    /// Days since 1970-01-01.
    package var day: Int32
    package var segment: Int32
    /// Bytes that it holds.
    package var bytes: Int

    package init(day: Int32, segment: Int32, bytes: Int) {
        self.day = day
        self.segment = segment
        self.bytes = bytes
    }
}

/// Bytes for the end of one segment, which begins with them where it is new.
package struct FingerprintAppend: Sendable, Equatable {
    package var lane: Int
    package var day: Int32
    package var segment: Int32
    /// Fingerprints, little-endian, eight bytes each.
    package var hashes: [UInt8]
}
