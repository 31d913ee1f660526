import Foundation
import Testing

@testable import Simulation

/// Adds up a city as a reader would: each identity once, corrections plus new and minus previous,
/// by metric, division and month of the events' own times.
struct CountedCity {
    struct Cell: Hashable {
        var metric: String
        var division: String
        /// "2023-04", in local time.
        var month: String
    }

    /// Visitors, persons, fen; cells that came to nothing are left out.
    var sums: [Cell: Int64] { counted.filter { $0.value != 0 } }
    /// Events that count: first records of an identity that are no withdrawal.
    private(set) var events = 0
    private var counted: [Cell: Int64] = [:]
    private var seen: Set<String> = []

    init(_ records: [SimulatedRecord] = []) throws {
        for record in records { try add(record) }
    }

    mutating func add(_ record: SimulatedRecord) throws {
        switch record.kind {
        case .tick, .tombstone, .corrupt: return
        default: break
        }
        guard record.stream != .measurements else { return }
        let event = try ReadEvent(record)
        guard seen.insert(event.source + " " + event.id).inserted else { return }
        if event.data["withdrawn"] as? Bool != true {
            events += 1
            try add(event.data, event.time, 1)
        }
        if let previous = event.data["previous"] as? [String: Any] {
            try add(previous, try #require(previous["time"] as? String), -1)
        }
    }

    func city(_ metric: String, _ month: String) -> Int64 {
        counted.reduce(0) { sum, row in
            row.key.metric == metric && row.key.month.hasPrefix(month) ? sum + row.value : sum
        }
    }

    private mutating func add(_ data: [String: Any], _ time: String, _ sign: Int64) throws {
        let division = try #require(data["division"] as? String)
        let month = String(try ReadEvent.local(time).prefix(7))
        func put(_ metric: String, _ value: Int64) {
            counted[Cell(metric: metric, division: division, month: month), default: 0] +=
                sign * value
        }
        if let visitors = data["visitors"] as? Int { put("visitors", Int64(visitors)) }
        if let spend = data["spend"] { put("spend", try ReadEvent.fen(spend)) }
        if let kind = data["kind"] as? String, let persons = data["persons"] as? Int {
            put(kind, Int64(persons))
        }
        guard let amount = data["amount"] else { return }
        let fen = try ReadEvent.fen(amount)
        put("amount", fen)
        let programmes =
            (data["programme"] as? [String]) ?? [data["programme"] as? String].compactMap(\.self)
        for programme in programmes where programme.hasSuffix("_project") { put(programme, fen) }
    }

    /// What the truth says that all of this must come to.
    static func expected(_ truth: CityTruth, _ calendar: CityCalendar) -> [Cell: Int64] {
        var sums: [Cell: Int64] = [:]
        for (place, span) in calendar.spans.enumerated() {
            let month = "\(span.year)-\(span.month < 10 ? "0" : "")\(span.month)"
            for (division, row) in Luoyang.divisions.enumerated() {
                func put(_ metric: String, _ value: Int64) {
                    let cell = Cell(metric: metric, division: "\(row.code)", month: month)
                    sums[cell, default: 0] += value
                }
                func total(_ cells: StreamCells, _ kind: Int) -> Int64 {
                    cells.totals[cells.cell(span: place, class: kind, division: division)]
                }
                put("visitors", total(truth.tourism, 0))
                let spend = truth.tourism.cell(span: place, class: 0, division: division)
                put("spend", truth.tourism.spends[spend])
                for (kind, row) in CityTruth.kinds.enumerated() {
                    put(String(describing: row.word), total(truth.employment, kind))
                }
                let parts = (0..<4).map { total(truth.investment, $0) }
                put("amount", parts.reduce(0, +))
                put("major_project", parts[0] + parts[2])
                put("industrial_key_project", parts[1] + parts[2])
            }
        }
        return sums.filter { $0.value != 0 }
    }
}

extension ReadEvent {
    /// An RFC 3339 time on the city's clocks, which show UTC+8.
    static func local(_ time: String) throws -> String {
        if time.hasSuffix("+08:00") { return time }
        let instant = try Date(time, strategy: .iso8601)
        return (instant + 8 * 3_600).formatted(.iso8601)
    }

    /// Yuan as a text or a number with at most two decimals, in fen.
    static func fen(_ amount: Any) throws -> Int64 {
        if let text = amount as? String {
            let parts = text.split(separator: ".")
            let whole = try #require(Int64(parts[0]))
            let fraction = parts.count > 1 ? parts[1] : "0"
            let digits = try #require(Int64(fraction))
            return whole * 100 + (fraction.count == 1 ? digits * 10 : digits)
        }
        return Int64(((try #require(amount as? Double)) * 100).rounded())
    }
}
