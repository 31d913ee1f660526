import Foundation
import Testing

@testable import Simulation

@Suite struct TourismBacklogTests {
    @Test func totalsAreThoseOfWhatWasGiven() throws {
        var backlog = TourismBacklog(seed: 7, records: 20_000)
        var identities: [String: String] = [:]
        var copies: Int64 = 0
        var visitors: Int64 = 0
        var spend: Int64 = 0
        var failure: String?
        var last = Int64.min
        var times: (first: String, last: String) = ("", "")
        while backlog.next({ key, value, milliseconds in
            let text = String(decoding: key, as: UTF8.self)
            guard value.count == TourismBacklog.valueLength, milliseconds >= last,
                let object = read(value), let data = object["data"] as? [String: Any],
                let id = object["id"] as? String, let time = object["time"] as? String,
                let count = data["visitors"] as? Int, let money = data["spend"] as? String
            else {
                failure = String(decoding: value, as: UTF8.self)
                return
            }
            last = milliseconds
            times = (times.first.isEmpty ? time : times.first, max(times.last, time))
            if let key = identities[id] {
                copies += 1
                if key != text { failure = "key of \(id)" }
                return
            }
            identities[id] = text
            visitors += Int64(count)
            spend += Int64(money.replacing(".", with: "")) ?? 0
        }) {}
        #expect(failure == nil)
        #expect(backlog.totals.records == 20_000)
        #expect(backlog.totals.copies == copies)
        #expect((120...280).contains(copies))
        #expect(backlog.totals.visitors == visitors)
        #expect(backlog.totals.spend == spend)
        #expect(times.first == "2023-04-08T00:00:00.000+08:00")
        #expect(times.last.hasPrefix("2023-04-21T23:"))
    }

    private func read(_ value: UnsafeRawBufferPointer) -> [String: Any]? {
        do {
            return try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
        } catch {
            return nil
        }
    }
}
