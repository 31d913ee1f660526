import Aggregates
import Contracts
import Testing

struct RandomCity {
    var generator: SeededGenerator
    let contract: StreamContract
    let begin: Instant
    let hours: Int64
    var past: [TestEvent] = []

    init(
        seed: UInt64, _ contract: StreamContract, begin: String = "2023-03-25T20:00:00Z",
        hours: Int64 = 60
    ) {
        generator = SeededGenerator(seed: seed)
        self.contract = contract
        self.begin = instant(begin)
        self.hours = hours
    }

    /// A fresh event, a correction or a withdrawal of an earlier one.
    mutating func next() -> TestEvent {
        let kind = Int.random(in: 0..<10, using: &generator)
        guard kind < 3, let old = past.indices.randomElement(using: &generator) else {
            let event = TestEvent(contract: contract, time: time(), figures: figures())
            past.append(event)
            return event
        }
        let taken = past.remove(at: old)
        var event = TestEvent(
            contract: contract, time: time(), isWithdrawal: kind == 0, figures: figures(),
            previousTime: taken.time, previousFigures: taken.figures)
        if kind > 0 { past.append(event) } else { event.figures = [:] }
        return event
    }

    private mutating func time() -> Instant {
        let offset = Int64.random(in: 0..<hours * 3_600_000_000, using: &generator)
        return Instant(microseconds: begin.microseconds + offset)
    }

    private mutating func figures() -> Figures {
        var figures: Figures = [:]
        for field in contract.fields {
            guard field.required || Int.random(in: 0..<4, using: &generator) > 0 else { continue }
            figures[field.name] = value(of: field)
        }
        return figures
    }

    private mutating func value(of field: FieldContract) -> TestField {
        func pick(_ below: Int) -> Int { Int.random(in: 0..<below, using: &generator) }
        switch field.kind {
        case .division: return TestField(number: 410_300 + Int64(pick(15)))
        case .boolean: return TestField(number: Int64(pick(2)))
        case .word(let words): return TestField(number: Int64(pick(words.count)))
        case .slug, .region: return TestField(strings: ["\(field.name)-\(pick(40))"])
        case .slugs:
            let names = ["major_project", "industrial_key_project", "roads", "schools", "clinics"]
            return TestField(strings: (0..<1 + pick(3)).map { _ in names[pick(5)] })
        default: return TestField(number: Int64(pick(2_000)) - 500)
        }
    }
}

@Suite struct FoldTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func equalsTheNaiveFold(seed: UInt64) {
        let contracts = [Streams.tourism(), Streams.tourism(zone: berlin), Streams.mixed]
        for contract in contracts {
            var city = RandomCity(seed: seed, contract)
            var naive = NaiveFold(contract)
            var rows = FoldedRows()
            let fold = Fold(contract: contract)
            for number in 0..<900 {
                let event = city.next()
                naive.add(event, lane: number % 4)
                #expect(fold.add(event, lane: number % 4) == .folded)
                if number % 250 == 249 {
                    let batch = fold.takeBatch()
                    rows.add(batch)
                    fold.recycle(batch)
                }
            }
            rows.add(fold.takeBatch())
            #expect(rows.hoursThatCount == naive.hoursThatCount)
            #expect(rows.daysThatCount == naive.daysThatCount)
            #expect(rows.touches == naive.touches)
        }
    }

    @Test func orderDoesNotMatter() {
        let contract = Streams.mixed
        var city = RandomCity(seed: 7, contract)
        var events = (0..<800).map { _ in city.next() }
        var results: [HourRows] = []
        for _ in 0..<3 {
            let fold = Fold(contract: contract)
            for event in events { _ = fold.add(event) }
            let batch = fold.takeBatch()
            let order = batch.series.sorted()
            let ids = batch.series.map { key in Int32(order.firstIndex(of: key)!) }
            results.append(batch.hourRows(topicPartitions: [1], series: ids))
            events.shuffle(using: &city.generator)
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
        #expect(results[0].count > 500)
    }

    @Test func rowsComeInTheOrderOfThePrimaryKey() {
        let contract = Streams.tourism()
        var city = RandomCity(seed: 8, contract)
        let fold = Fold(contract: contract)
        for number in 0..<1_000 { _ = fold.add(city.next(), lane: number % 3) }
        let batch = fold.takeBatch()
        let ids = batch.series.indices.map { Int32(($0 * 7_919) % 10_007) }
        let hours = batch.hourRows(topicPartitions: [9, 4, 6], series: ids)
        let hourKeys = (0..<hours.count).map {
            [
                Int64(hours.topicPartitions[$0]), hours.hours[$0], Int64(hours.series[$0]),
                Int64(hours.divisions[$0]),
            ]
        }
        #expect(zip(hourKeys, hourKeys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        let days = batch.dayRows(topicPartitions: [9, 4, 6], series: ids)
        let dayKeys = (0..<days.count).map {
            [
                Int64(days.topicPartitions[$0]), Int64(days.days[$0]), Int64(days.series[$0]),
                Int64(days.divisions[$0]),
            ]
        }
        #expect(zip(dayKeys, dayKeys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        #expect(days.count < hours.count)
        #expect(days.values.reduce(0, +) == hours.values.reduce(0, +))
    }

    @Test func takingEverythingBackLeavesNoRow() {
        let contract = Streams.tourism()
        var city = RandomCity(seed: 9, contract)
        let fold = Fold(contract: contract)
        for _ in 0..<300 { _ = fold.add(city.next()) }
        for old in city.past {
            let withdrawal = TestEvent(
                contract: contract, time: old.time, isWithdrawal: true, figures: [:],
                previousTime: old.time, previousFigures: old.figures)
            #expect(fold.add(withdrawal) == .folded)
        }
        let batch = fold.takeBatch()
        let ids = batch.series.indices.map { Int32($0) }
        #expect(batch.cellCount > 0)
        #expect(batch.hourRows(topicPartitions: [0], series: ids).count == 0)
        #expect(batch.dayRows(topicPartitions: [0], series: ids).count == 0)
        #expect(!batch.touches(lane: 0).isEmpty)
    }

    @Test func aListCountsOnceInEachMember() {
        let fold = Fold(contract: Streams.mixed)
        let event = TestEvent(
            contract: Streams.mixed, time: instant("2023-06-30T16:00:00Z"),
            figures: [
                "division": TestField(number: 410_311), "amount": TestField(number: 500),
                "programme": TestField(strings: ["roads", "major_project", "roads"]),
            ])
        #expect(fold.add(event) == .folded)
        var rows = FoldedRows()
        rows.add(fold.takeBatch())
        let sums = Dictionary(uniqueKeysWithValues: rows.hours.map { ($0.key.key, $0.value) })
        let once = BucketSum(value: 500, events: 1)
        let roads = SeriesKey(metric: "disbursed", breakdown: "programme", member: "roads")
        let major = SeriesKey(metric: "disbursed", breakdown: "programme", member: "major_project")
        #expect(sums[SeriesKey(metric: "disbursed")] == once)
        #expect(sums[roads] == once)
        #expect(sums[major] == once)
        #expect(sums[SeriesKey(metric: "major")] == once)
        #expect(sums[SeriesKey(metric: "payments")] == BucketSum(value: 1, events: 1))
        #expect(sums[SeriesKey(metric: "none")] == nil)
    }

    @Test func aUsedBatchIsAsGoodAsANewOne() {
        let contract = Streams.tourism()
        let fold = Fold(contract: contract)
        for seed in 20..<26 as Range<UInt64> {
            var city = RandomCity(seed: seed, contract)
            var naive = NaiveFold(contract)
            for _ in 0..<(seed == 20 ? 3_000 : 50) {
                let event = city.next()
                naive.add(event)
                _ = fold.add(event)
            }
            #expect(fold.open.approximateBytes > 0)
            var rows = FoldedRows()
            let batch = fold.takeBatch()
            rows.add(batch)
            fold.recycle(batch)
            #expect(rows.hoursThatCount == naive.hoursThatCount)
            #expect(batch.isEmpty && batch.cellCount == 0)
            _ = fold.add(city.next())
            fold.discardOpen()
            #expect(fold.open.isEmpty)
        }
    }
}

@Suite struct FoldSizeTests {
    /// A batch that once held many members and was emptied must not look full ever after.
    @Test func onlyTheMembersInABatchCount() {
        let contract = Streams.tourism()
        let fold = Fold(contract: contract)
        func add(_ members: Int) -> Int {
            for member in 0..<members {
                let figures: Figures = [
                    "division": TestField(number: 410_311), "visitors": TestField(number: 1),
                    "site": TestField(strings: ["site-of-some-length-\(member)"]),
                ]
                let time = instant("2023-06-30T16:00:00Z")
                #expect(
                    fold.add(TestEvent(contract: contract, time: time, figures: figures)) == .folded)
            }
            return fold.open.approximateBytes
        }
        let small = add(3)
        fold.recycle(fold.takeBatch())
        #expect(add(5_000) > small * 100)
        fold.recycle(fold.takeBatch())
        // Two batches take turns.
        for _ in 0..<2 {
            #expect(add(3) == small)
            fold.recycle(fold.takeBatch())
        }
    }
}

@Suite struct FoldLimitTests {
    private func event(
        _ amount: Int64, previous: Int64? = nil, division: Int64 = 410_311
    ) -> TestEvent {
        func figures(_ amount: Int64) -> Figures {
            ["division": TestField(number: division), "amount": TestField(number: amount)]
        }
        let time = instant("2023-06-30T16:00:00Z")
        return TestEvent(
            contract: Streams.mixed, time: time, figures: figures(amount),
            previousTime: time, previousFigures: previous.map(figures))
    }

    private func total(_ fold: Fold) -> [Int64] {
        let batch = fold.takeBatch()
        let ids = batch.series.indices.map { Int32($0) }
        let hours = batch.hourRows(topicPartitions: [0], series: ids)
        let days = batch.dayRows(topicPartitions: [0], series: ids)
        #expect(hours.values == days.values)
        return zip(hours.series, hours.values).filter { $0.0 == 0 }.map(\.1)
    }

    @Test func aUsedCellThatWouldOverflowAsksForANewBatch() {
        let fold = Fold(contract: Streams.mixed)
        #expect(fold.add(event(.max - 1)) == .folded)
        #expect(fold.add(event(1)) == .folded)
        #expect(fold.add(event(1)) == .full)
        #expect(total(fold) == [.max])
        #expect(fold.add(event(1)) == .folded)
        #expect(total(fold) == [1])
    }

    @Test func fullAndOverflowChangeNothing() {
        let fold = Fold(contract: Streams.mixed)
        #expect(fold.add(event(7)) == .folded)
        let before = fold.open.cellCount
        #expect(fold.add(event(.max, division: 410_300)) == .full)
        #expect(fold.add(event(.max, previous: -1, division: 410_300)) == .overflow)
        #expect(fold.open.cellCount == before)
        #expect(total(fold) == [7])
    }

    struct Change: Sendable {
        var amount: Int64
        var previous: Int64?
    }

    static let fitting: [Change] = [
        Change(amount: .max), Change(amount: .min), Change(amount: .max, previous: .max),
        Change(amount: .max, previous: 0), Change(amount: 0, previous: .max),
        Change(amount: -1, previous: .min + 1), Change(amount: .min + 1, previous: .min + 1),
        Change(amount: 1, previous: 1 - .max),
    ]

    static let refused: [Change] = [
        Change(amount: 0, previous: .min), Change(amount: 1, previous: -.max),
        Change(amount: .max, previous: -1), Change(amount: .min, previous: 1),
        Change(amount: .min, previous: .min),
    ]

    @Test(arguments: fitting)
    func whatFitsAFreshBatchIsFolded(change: Change) {
        let fold = Fold(contract: Streams.mixed)
        #expect(fold.add(event(change.amount, previous: change.previous)) == .folded)
        let net = change.amount - (change.previous ?? 0)
        #expect(total(fold) == (net == 0 && change.previous != nil ? [] : [net]))
    }

    @Test(arguments: refused)
    func whatFitsNoBatchIsRefused(change: Change) {
        let fold = Fold(contract: Streams.mixed)
        #expect(fold.add(event(change.amount, previous: change.previous)) == .overflow)
        #expect(fold.open.isEmpty)
        #expect(fold.add(event(1)) == .folded)
        #expect(fold.add(event(change.amount, previous: change.previous)) == .overflow)
        #expect(total(fold) == [1])
    }

    @Test func aHugeEventHasTheBatchForItself() {
        let fold = Fold(contract: Streams.mixed)
        #expect(fold.add(event(.max, previous: .max)) == .folded)
        #expect(fold.add(event(1)) == .full)
        #expect(total(fold) == [])
    }
}
