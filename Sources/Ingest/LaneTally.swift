package import Contracts
package import Ledger

/// What one lane adds to its position by the open batch.
package struct LaneTally: Equatable, Sendable {
    package var counts = OutcomeCounts()
    /// Latest event time seen, less the stream's out-of-order allowance.
    package var watermark: Instant?
    package var lastOffset: Int64 = -1
    package var lastTimestamp: Int64 = -1

    package init() {}

    @inline(__always)
    mutating func saw(_ time: Instant, outOfOrderMicroseconds: Int64) {
        let (mark, overflow) = time.microseconds.subtractingReportingOverflow(
            outOfOrderMicroseconds)
        guard !overflow, mark > watermark?.microseconds ?? .min else { return }
        watermark = Instant(microseconds: mark)
    }
}
