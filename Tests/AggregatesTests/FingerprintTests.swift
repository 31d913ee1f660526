import Aggregates
import Testing

@Suite struct FingerprintTests {
    private func print(_ fingerprinter: Fingerprinter, _ source: String, _ id: String) -> UInt64 {
        Array(source.utf8).withUnsafeBytes { source in
            Array(id.utf8).withUnsafeBytes { fingerprinter.fingerprint(source: source, id: $0) }
        }
    }

    @Test func sameIdentitySameFingerprintOtherwiseAnother() throws {
        let one = try #require(Fingerprinter(key: Array(0..<16)))
        let other = try #require(Fingerprinter(key: Array(1...16)))
        #expect(print(one, "/hotels", "7") == print(one, "/hotels", "7"))
        #expect(print(one, "/hotels", "7") != print(other, "/hotels", "7"))
        #expect(print(one, "ab", "c") != print(one, "a", "bc"))
        #expect(print(one, "", "abc") != print(one, "abc", ""))
        #expect(print(one, String(repeating: "x", count: 5_000), "7") != print(one, "x", "7"))
        #expect(Fingerprinter(key: [1, 2, 3]) == nil)
    }

    /// The reference vectors of SipHash-2-4: key 00 to 0f, input of the bytes 00 up to its length.
    @Test(arguments: [
        (0, 0x726F_DB47_DD0E_0E31), (8, 0x93F5_F579_9A93_2462), (15, 0xA129_CA61_49BE_45E5),
    ])
    func isSipHash24(length: Int, expected: UInt64) throws {
        let fingerprinter = try #require(Fingerprinter(key: Array(0..<16)))
        #expect(
            (0..<UInt8(length)).map { $0 }.withUnsafeBytes { fingerprinter.hash($0) } == expected)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func tableEqualsSet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = FingerprintTable()
        var set: Set<UInt64> = []
        for _ in 0..<20_000 {
            // Few low bits: long chains.
            let value = UInt64.random(in: 1..<30_000, using: &generator) << (seed == 1 ? 0 : 5) | 1
            #expect(table.insert(value) == set.insert(value).inserted)
        }
        #expect(table.count == set.count)
        #expect(set.allSatisfy(table.contains))
        #expect(!table.contains(0xFFFF_FFFF))
        #expect(table.byteCount >= table.count * 8 * 10 / 7)
    }
}

@Suite struct FingerprintDaysTests {
    private func see(_ days: FingerprintDays, _ value: UInt64, day: Int32, lane: Int = 0)
        -> FingerprintDays.Verdict
    {
        let verdict = days.check(value, lane: lane, day: day)
        if verdict == .new { days.admit() }
        return verdict
    }

    private func commit(_ days: FingerprintDays) -> [FingerprintAppend] {
        let appends = days.takeOpen()
        days.committed()
        return appends
    }

    @Test func eachIdentityOnceADay() {
        let days = FingerprintDays(budgetBytes: 1 << 20)
        days.attach(lane: 0, days: [])
        days.attach(lane: 1, days: [])
        #expect(see(days, 5, day: 10) == .new)
        #expect(see(days, 5, day: 10) == .duplicate)
        #expect(see(days, 5, day: 11) == .new)
        #expect(see(days, 5, day: 10, lane: 1) == .new)
        _ = commit(days)
        #expect(see(days, 5, day: 10) == .duplicate)
    }

    @Test func whatIsNotAdmittedIsNotRemembered() {
        let days = FingerprintDays(budgetBytes: 1 << 20)
        days.attach(lane: 0, days: [])
        #expect(days.check(5, lane: 0, day: 10) == .new)
        #expect(days.check(6, lane: 0, day: 10) == .new)
        days.admit()
        days.admit()
        #expect(days.check(5, lane: 0, day: 10) == .new)
        #expect(days.check(6, lane: 0, day: 10) == .duplicate)
    }

    @Test func appendsGoOnWhereTheLedgerEnds() {
        let days = FingerprintDays(budgetBytes: 1 << 20)
        let max = FingerprintDays.segmentBytesMax
        days.attach(lane: 3, days: [FingerprintSegmentEnd(day: 10, segment: 4, bytes: max - 16)])
        #expect(see(days, 1, day: 10, lane: 3) == .needsLoad)
        days.load(
            lane: 3, day: 10, segments: [[1, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0]])
        #expect(see(days, 1, day: 10, lane: 3) == .duplicate)
        #expect(see(days, 2, day: 10, lane: 3) == .duplicate)
        for value in 100..<UInt64(100 + max / 8 + 3) {
            #expect(see(days, value, day: 10, lane: 3) == .new)
        }
        #expect(see(days, 7, day: 9, lane: 3) == .new)
        let appends = commit(days)
        #expect(appends.map(\.day) == [9, 10, 10, 10])
        #expect(appends.map(\.segment) == [0, 4, 5, 6])
        #expect(appends.map(\.hashes.count) == [8, 16, max, 8])
        #expect(appends[0].hashes == [7, 0, 0, 0, 0, 0, 0, 0])
        #expect(appends[1].hashes.prefix(8) == [100, 0, 0, 0, 0, 0, 0, 0])
        #expect(see(days, 8, day: 10, lane: 3) == .new)
        #expect(commit(days).map { [$0.segment, Int32($0.hashes.count)] } == [[6, 8]])
        #expect(commit(days).isEmpty)
    }

    @Test func daysLeaveLeastRecentlyUsedFirstAndComeBackFromTheLedger() {
        let table = FingerprintTable().byteCount
        let days = FingerprintDays(budgetBytes: table * 3)
        days.attach(lane: 0, days: [])
        for day in 1...3 as ClosedRange<Int32> { #expect(see(days, 5, day: day) == .new) }
        _ = commit(days)
        #expect(see(days, 5, day: 1) == .duplicate)
        #expect(see(days, 5, day: 4) == .new)
        #expect(days.loadedDays == 3)
        #expect(see(days, 5, day: 1) == .duplicate)
        #expect(see(days, 5, day: 3) == .duplicate)
        #expect(see(days, 5, day: 2) == .needsLoad)
        days.load(lane: 0, day: 2, segments: [[5, 0, 0, 0, 0, 0, 0, 0]])
        #expect(see(days, 5, day: 2) == .duplicate)
        #expect(see(days, 5, day: 1) == .needsLoad)
        #expect(!days.isOverBudget)
    }

    @Test func daysOfTheOpenAndTheCommittingBatchStay() {
        let days = FingerprintDays(budgetBytes: FingerprintTable().byteCount)
        days.attach(lane: 0, days: [])
        #expect(see(days, 5, day: 1) == .new)
        #expect(days.takeOpen().count == 1)
        #expect(see(days, 5, day: 2) == .new)
        #expect(see(days, 5, day: 3) == .new)
        #expect(days.loadedDays == 3 && days.isOverBudget)
        #expect(see(days, 5, day: 1) == .duplicate)
        days.committed()
        #expect(days.loadedDays == 2)
        #expect(see(days, 5, day: 1) == .needsLoad)
        #expect(see(days, 5, day: 2) == .duplicate)
        _ = commit(days)
        #expect(days.loadedDays == 1 && !days.isOverBudget)
    }

    @Test func aDayInBothBatchesStaysUntilBothAreCommitted() {
        let days = FingerprintDays(budgetBytes: FingerprintTable().byteCount)
        days.attach(lane: 0, days: [])
        #expect(see(days, 5, day: 1) == .new)
        _ = days.takeOpen()
        #expect(see(days, 6, day: 1) == .new)
        #expect(see(days, 5, day: 2) == .new)
        days.committed()
        #expect(days.loadedDays == 2)
        #expect(days.takeOpen().map(\.day) == [1, 2])
    }

    @Test func aLostLaneIsForgotten() {
        let days = FingerprintDays(budgetBytes: 1 << 20)
        days.attach(lane: 0, days: [])
        days.attach(lane: 1, days: [])
        #expect(see(days, 5, day: 1) == .new)
        #expect(see(days, 5, day: 1, lane: 1) == .new)
        days.detach(lane: 0)
        #expect(days.takeOpen().map(\.lane) == [1])
        days.attach(lane: 0, days: [])
        #expect(see(days, 5, day: 1) == .new)
        #expect(days.loadedDays == 2)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func equalsASetWhateverIsDropped(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let days = FingerprintDays(budgetBytes: FingerprintTable().byteCount * 5)
        for lane in 0..<2 { days.attach(lane: lane, days: []) }
        var seen: Set<[Int64]> = []
        var ledger: [[Int64]: [[UInt8]]] = [:]
        for step in 0..<20_000 {
            let (lane, day) = (
                Int.random(in: 0..<2, using: &generator),
                Int32.random(in: 0..<12, using: &generator)
            )
            let value = UInt64.random(in: 1..<400, using: &generator)
            var verdict = days.check(value, lane: lane, day: day)
            if verdict == .needsLoad {
                days.load(lane: lane, day: day, segments: ledger[[Int64(lane), Int64(day)]]!)
                verdict = days.check(value, lane: lane, day: day)
            }
            let isNew = seen.insert([Int64(lane), Int64(day), Int64(value)]).inserted
            #expect(verdict == (isNew ? .new : .duplicate))
            if isNew { days.admit() }
            if step % 50 == 49 {
                for append in commit(days) {
                    let key = [Int64(append.lane), Int64(append.day)]
                    ledger[key, default: []].append(append.hashes)
                }
            }
        }
    }
}
