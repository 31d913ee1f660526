internal import CEventJSON
package import Contracts
internal import Glibc

/// Turns records of one stream into events. Allocates nothing per event; belongs to one thread.
///
/// What comes first of several faults in a record is fixed, so that two implementations agree: the
/// size, the mode, the JSON as a whole, repeated names, the envelope, `data` in the contract's
/// order, `previous`.
package final class EventDecoder {
    package enum Outcome: Equatable {
        /// The decoder's properties hold the event until its next call.
        case event
        /// A tombstone, or of a type that the stream ignores: then with its time, where that is
        /// good.
        case skipped(time: Instant?)
        case dead(DeadLetterReason)
    }

    package let contract: StreamContract
    package let limits: EventLimits
    private let handle: OpaquePointer
    private let raw: UnsafePointer<hw_event>
    private let wallClock: () -> Instant
    /// Its last answer: asked again only for a record that claims to be younger.
    private var now = Int64.min

    /// `wallClock` stands in for the time of a record that has none, and bounds the others'.
    package init(
        contract: StreamContract, limits: EventLimits = .standard,
        wallClock: @escaping () -> Instant = EventDecoder.systemTime
    ) {
        precondition(
            contract.fields.count <= EventLimits.fieldsMax, "the catalogue was not checked")
        self.contract = contract
        self.limits = limits
        self.wallClock = wallClock
        guard let handle = DecodePlan.withPlan(of: contract, limits, { hw_decoder_create($0) })
        else {
            preconditionFailure("no memory for a decoder, or the catalogue was not checked")
        }
        self.handle = handle
        self.raw = hw_decoder_event(handle)
    }

    deinit { hw_decoder_destroy(handle) }

    package func decode(_ record: RawRecord) -> Outcome {
        guard let value = record.value else { return .skipped(time: nil) }
        let headers = UnsafeRawPointer(record.headers.baseAddress)?.assumingMemoryBound(
            to: hw_header.self)
        // An empty value may have no address, but is no tombstone.
        let bytes = value.baseAddress ?? UnsafeRawPointer(raw)
        let outcome = hw_decode(
            handle, bytes.assumingMemoryBound(to: UInt8.self), value.count, headers,
            record.headers.count, recordTime(record.timestampMilliseconds))
        switch outcome {
        case HW_EVENT: return .event
        case HW_SKIPPED:
            return .skipped(
                time: raw.pointee.has_time ? Instant(microseconds: raw.pointee.time) : nil)
        default: return .dead(DeadLetterReason(raw.pointee.complaint))
        }
    }

    // MARK: - After `.event`, until the next call

    package var time: Instant { Instant(microseconds: raw.pointee.time) }
    /// Only takes `previous` back: of its own data, the division alone was read.
    package var isWithdrawal: Bool { raw.pointee.is_withdrawal }
    package var hasPrevious: Bool { raw.pointee.has_previous }
    /// Where the event has a previous one.
    package var previousTime: Instant { Instant(microseconds: raw.pointee.previous_time) }
    /// 1 to 1,024 bytes of UTF-8 each. Together they are the event's identity.
    package var source: UnsafeRawBufferPointer { raw.pointee.source.buffer }
    package var id: UnsafeRawBufferPointer { raw.pointee.id.buffer }

    /// `field` is an index of `contract.fields`.
    package func current(_ field: Int) -> FieldView {
        precondition(field >= 0 && field < EventLimits.fieldsMax)
        return FieldView(value: hw_current(raw, field))
    }

    /// Where the event has a previous one. `field` is an index of `contract.fields`.
    package func previous(_ field: Int) -> FieldView {
        precondition(field >= 0 && field < EventLimits.fieldsMax)
        return FieldView(value: hw_previous(raw, field))
    }

    // MARK: -

    /// Microseconds. A timestamp is the producer's word and may be any number: it counts only up to
    /// the wall clock, so that no producer can date an event further ahead than the limit.
    private func recordTime(_ milliseconds: Int64) -> Int64 {
        guard milliseconds >= 0 else { return wallClock().microseconds }
        let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
        if !overflow, microseconds <= now { return microseconds }
        now = wallClock().microseconds
        return overflow ? now : min(microseconds, now)
    }

    package static func systemTime() -> Instant {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Instant(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)
    }

    /// The time of a strict RFC 3339 text, as the decoder reads it: the rules are those of
    /// `Instant(rfc3339:)`.
    package static func microseconds(rfc3339 text: UnsafeRawBufferPointer) -> Int64? {
        var microseconds: Int64 = 0
        guard let bytes = text.baseAddress?.assumingMemoryBound(to: UInt8.self),
            hw_parse_time(bytes, text.count, &microseconds)
        else { return nil }
        return microseconds
    }

    /// The instruction set that simdjson chose on this machine, for example `haswell`.
    package static var kernel: String { String(cString: hw_kernel()) }
}
