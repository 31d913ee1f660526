package import Contracts

/// Tourism arrivals for measuring throughput: structured CloudEvents of one length, dense over two
/// weeks, most from few origins, some sent twice. Written by overwriting the digits of one
/// template, so that the generator is faster than what it measures.
package struct TourismBacklog: Sendable {
    /// What a reader must arrive at: each event counted once.
    package struct Totals: Sendable, Equatable {
        package var records: Int64 = 0
        package var copies: Int64 = 0
        package var visitors: Int64 = 0
        /// In fen.
        package var spend: Int64 = 0
        package var events: Int64 { records - copies }
    }

    package let records: Int64
    /// Of what was given so far.
    package private(set) var totals = Totals()

    private let seed: UInt64
    private let start: Int64
    private let spacingMicroseconds: Int64
    private let copiesInThousand: UInt64
    private var template: [UInt8]
    private let places: Places
    private var cachedSecond: Int64 = -1
    private let origins: [UInt8]

    private struct Places: Sendable {
        var id = 0
        var division = 0
        var terminal = 0
        var time = 0
        var dataDivision = 0
        var visitors = 0
        var spend = 0
        var origin = 0
        var site = 0
        var overnight = 0
    }

    /// Bytes of each value.
    package static let valueLength = 324

    package init(
        seed: UInt64 = 1, records: Int64 = 3_000_000,
        from first: CivilDate = SimulationSettings.newYear2023.adding(days: 97), days: Int = 14,
        copiesInThousand: Int = 10
    ) {
        self.seed = seed
        self.records = records
        self.copiesInThousand = UInt64(copiesInThousand)
        start = (Int64(first.dayNumber) * 86_400_000 - EventSource.zoneMilliseconds) * 1_000
        spacingMicroseconds = Int64(days) * 86_400_000_000 / max(records, 1)
        var places = Places()
        template = Self.makeTemplate(&places)
        self.places = places
        origins = Self.makeOrigins()
    }

    /// Hands the next record's key, value and timestamp to `body`; the buffers hold until it
    /// returns. False at the end. All records have the header `content-type:
    /// application/cloudevents+json`.
    package mutating func next(
        _ body: (
            _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ milliseconds: Int64
        ) -> Void
    ) -> Bool {
        guard totals.records < records else { return false }
        let number = totals.records
        let original = originalOf(number)
        var dice = Dice(seed ^ 0xB10C, Int(original), 0)
        let first = dice.next()
        let second = dice.next()
        let visitors = 100 + Dice.part(first, of: 900)
        let spend = 1_000_000 + Dice.part(first >> 32, of: 9_000_000)
        let division = Int(Dice.part(second >> 32, of: 15))
        let terminal = Int(second & 0xFF) % 100
        let micros = start + original * spacingMicroseconds
        fill(original, visitors, spend, division, terminal, second, milliseconds: micros / 1_000)
        totals.records += 1
        if original == number {
            totals.visitors += visitors
            totals.spend += spend
        } else {
            totals.copies += 1
        }
        let milliseconds = (start + number * spacingMicroseconds) / 1_000 + 1_500
        template.withUnsafeBytes { bytes in
            let key = UnsafeRawBufferPointer(
                rebasing: bytes[places.division..<places.division + 10])
            body(key, bytes, milliseconds)
        }
        return true
    }

    /// The record itself, or one up to a thousand records before that it repeats.
    private func originalOf(_ number: Int64) -> Int64 {
        func copyDistance(_ number: Int64) -> Int64? {
            let bits = Dice.place(seed ^ 0xC0B1, Int(number), 0)
            guard number > 2_000, bits % 1_000 < copiesInThousand else { return nil }
            return 1 + Int64(bits >> 32) % 1_000
        }
        guard let distance = copyDistance(number) else { return number }
        var original = number - distance
        while copyDistance(original) != nil { original -= 1 }
        return original
    }

    private mutating func fill(
        _ number: Int64, _ visitors: Int64, _ spend: Int64, _ division: Int, _ terminal: Int,
        _ bits: UInt64,
        milliseconds: Int64
    ) {
        put(number, width: 12, at: places.id)
        let code = Luoyang.divisions[division].code
        put(code, width: 6, at: places.division)
        put(code, width: 6, at: places.dataDivision)
        put(Int64(terminal), width: 2, at: places.terminal)
        put(visitors, width: 3, at: places.visitors)
        put(spend / 100, width: 5, at: places.spend)
        put(spend % 100, width: 2, at: places.spend + 6)
        let origin = Int(bits >> 8 & 0xFF) * 2
        template[places.origin] = origins[origin]
        template[places.origin + 1] = origins[origin + 1]
        put(Int64(division * 3) + Int64(bits >> 16 & 0xFF) % 3, width: 3, at: places.site)
        let overnight: StaticString = bits >> 24 & 1 == 0 ? "false" : " true"
        for byte in 0..<5 { template[places.overnight + byte] = overnight.utf8Start[byte] }
        let local = milliseconds + EventSource.zoneMilliseconds
        if local / 1_000 != cachedSecond {
            cachedSecond = local / 1_000
            let (year, month, day) = CivilDate(dayNumber: Int32(local / 86_400_000)).components
            put(Int64(year), width: 4, at: places.time)
            put(Int64(month), width: 2, at: places.time + 5)
            put(Int64(day), width: 2, at: places.time + 8)
            put(local / 3_600_000 % 24, width: 2, at: places.time + 11)
            put(local / 60_000 % 60, width: 2, at: places.time + 14)
            put(local / 1_000 % 60, width: 2, at: places.time + 17)
        }
        put(local % 1_000, width: 3, at: places.time + 20)
    }

    private mutating func put(_ number: Int64, width: Int, at place: Int) {
        var rest = UInt64(truncatingIfNeeded: number)
        var at = place + width - 1
        while at >= place {
            template[at] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
            at -= 1
        }
    }

    /// Two digits of the province for each of 256 draws, in proportion to the origins' weights.
    private static func makeOrigins() -> [UInt8] {
        let rows = Luoyang.origins.filter { $0.code.utf8CodeUnitCount == 5 }
        let sum = rows.reduce(0) { $0 + $1.weight }
        var digits: [UInt8] = []
        var row = 0
        var end = rows[0].weight
        for draw in 0..<256 {
            while draw * sum / 256 >= end && row + 1 < rows.count {
                row += 1
                end += rows[row].weight
            }
            digits.append(rows[row].code.utf8Start[3])
            digits.append(rows[row].code.utf8Start[4])
        }
        return digits
    }

    private static func makeTemplate(_ places: inout Places) -> [UInt8] {
        var text: [UInt8] = []
        text.add("{\"specversion\":\"1.0\",\"id\":\"arrival-")
        places.id = text.count
        text.add("000000000000\",\"source\":\"/luoyang/gates/")
        places.division = text.count
        text.add("410302-t")
        places.terminal = text.count
        text.add("00\",\"type\":\"tourism.arrival.v1\",\"time\":\"")
        places.time = text.count
        text.add("2023-04-08T00:00:00.000+08:00\",\"datacontenttype\":\"application/json\",")
        text.add("\"data\":{\"division\":\"")
        places.dataDivision = text.count
        text.add("410302\",\"visitors\":")
        places.visitors = text.count
        text.add("100,\"spend\":\"")
        places.spend = text.count
        text.add("10000.00\",\"origin\":\"CN-")
        places.origin = text.count
        text.add("41\",\"site\":\"scenic-area-")
        places.site = text.count
        text.add("000\",\"overnight\":")
        places.overnight = text.count
        text.add("false,\"gate\":\"")
        while text.count < valueLength - 3 { text.add("e") }
        text.add("\"}}")
        return text
    }
}
