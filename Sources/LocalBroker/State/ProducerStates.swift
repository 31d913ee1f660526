/// What one partition knows of its idempotent and transactional producers: a pure machine, rebuilt
/// from the log. (interface; see INTERFACES)
struct ProducerStates: Equatable, Sendable {
    /// What a batch that a client sends means.
    enum Verdict: Equatable, Sendable {
        case append
        /// Already there, at this offset: acknowledged again, not appended.
        case duplicate(baseOffset: Int64, timestamp: Int64)
        case refused(ErrorCode)
    }

    struct Aborted: Equatable, Sendable {
        var producerID: Int64
        var firstOffset: Int64
        var lastOffset: Int64
    }

    func check(_ batch: BatchHeader) -> Verdict { .append }

    /// A data batch stands in the log (also while recovering).
    mutating func appended(_ batch: BatchHeader, now: Int64) {}

    /// A control batch stands in the log at `offset`. Returns the transaction that it aborted.
    mutating func ended(
        producerID: Int64, epoch: Int16, offset: Int64, committed: Bool, now: Int64
    ) -> Aborted? { nil }

    /// The first offset of the oldest open transaction: readers of committed records stop there.
    var firstOpenOffset: Int64? { nil }

    func hasOpenTransaction(_ producerID: Int64) -> Bool { false }

    mutating func expire(before: Int64, keepingAtMost: Int) {}

    func encode(into writer: inout WireWriter) {}

    init() {}

    init(_ reader: inout WireReader) throws(WireFailure) {}
}
