import Contracts
import Events
import Foundation
import Testing

/// How long an event takes. Only with HEADWAY_MEASURE set, and only in a release build does the
/// figure mean anything: `HEADWAY_MEASURE=1 swift test -c release --filter MeasurementTests`.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HEADWAY_MEASURE"] != nil,
        "a measurement, asked for by HEADWAY_MEASURE=1"))
struct MeasurementTests {
    private static let text = """
        {"specversion":"1.0","id":"0189f2c4-7d1e-7a3b-9c55-000000812345","source":\
        "/luoyang/gates/longmen/n1","type":"tourism.arrival.v1","time":"2023-06-30T10:15:00+08:00",\
        "datacontenttype":"application/json","data":{"division":"410311","visitors":42,\
        "spend":"4254.50","origin":"CN-41","site":"longmen-grottoes","overnight":false}}
        """

    @Test func nanosecondsOfATourismArrival() throws {
        let decoder = EventDecoder(contract: try Streams.tourism)
        let records = (0..<10_000).map { index in
            TestRecord(Self.text.replacingOccurrences(of: "812345", with: String(100_000 + index)))
        }
        var best = Double.infinity
        for _ in 0..<20 { best = min(best, measure(decoder, records)) }
        let bytes = Self.text.utf8.count
        print("\(bytes) bytes: \(Int(best)) ns of CPU an event (\(EventDecoder.kernel))")
    }

    private func measure(_ decoder: EventDecoder, _ records: [TestRecord]) -> Double {
        let name = Array("content-type".utf8)
        let value = Array(TestRecord.structured.utf8)
        var sum: Int64 = 0
        let start = cpuNanoseconds()
        name.withUnsafeBytes { name in
            value.withUnsafeBytes { value in
                let headers = [HeaderView(name: name, value: value)]
                headers.withUnsafeBufferPointer { headers in
                    for record in records {
                        record.value?.withUnsafeBytes {
                            let raw = RawRecord(value: $0, headers: headers, 1_688_140_800_000)
                            if case .event = decoder.decode(raw) { sum &+= touch(decoder) }
                        }
                    }
                }
            }
        }
        #expect(sum != 0)
        return Double(cpuNanoseconds() - start) / Double(records.count)
    }

    /// Reads what a fold reads.
    private func touch(_ decoder: EventDecoder) -> Int64 {
        var sum = decoder.time.microseconds &+ Int64(decoder.id.count &+ decoder.source.count)
        if decoder.isWithdrawal || decoder.hasPrevious { sum &+= 1 }
        for field in 0..<6 {
            let view = decoder.current(field)
            guard view.isPresent else { continue }
            sum &+= view.number
            for text in 0..<view.count { sum &+= Int64(view.text(text).count) }
        }
        return sum
    }

    private func cpuNanoseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }
}
