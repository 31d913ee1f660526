import Aggregates
import Contracts

let shanghai = Zone(identifier: "Asia/Shanghai")!
let berlin = Zone(identifier: "Europe/Berlin")!

func day(_ iso: String) -> CivilDate { CivilDate(iso: iso)! }
func instant(_ text: String) -> Instant { Instant(rfc3339: text)! }

/// SplitMix64: the same seed gives the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A field that owns its texts. Unchecked Sendable: nothing of it changes once it is made.
final class TestField: FoldableField, @unchecked Sendable {
    let isPresent: Bool
    let number: Int64
    let strings: [String]
    private let buffers: [UnsafeMutableRawBufferPointer]

    init(isPresent: Bool = true, number: Int64 = 0, strings: [String] = []) {
        self.isPresent = isPresent
        self.number = number
        self.strings = strings
        buffers = strings.map { text in
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: text.utf8.count, alignment: 1)
            buffer.copyBytes(from: text.utf8)
            return buffer
        }
    }

    deinit { buffers.forEach { $0.deallocate() } }

    var count: Int { strings.count }
    func text(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(buffers[index]) }

    static let absent = TestField(isPresent: false)
}

/// Figures by the name of their field.
typealias Figures = [String: TestField]

struct TestEvent: FoldableEvent {
    var contract: StreamContract
    var time: Instant
    var isWithdrawal = false
    var figures: Figures
    var previousTime = Instant(microseconds: 0)
    var previousFigures: Figures?

    var hasPrevious: Bool { previousFigures != nil }
    func current(_ field: Int) -> TestField { figures[contract.fields[field].name] ?? .absent }
    func previous(_ field: Int) -> TestField {
        previousFigures?[contract.fields[field].name] ?? .absent
    }
}

extension Fold {
    func add(_ event: TestEvent, lane: Int = 0, offset: Int64 = 0) -> Outcome {
        addEvent(event, lane: lane, offset: offset)
    }
}

enum Streams {
    static func stream(
        _ fields: [FieldContract], _ metrics: [MetricContract], zone: Zone = shanghai,
        kind: StreamContract.Kind = .events
    ) -> StreamContract {
        StreamContract(
            name: "test.stream", kind: kind,
            topic: TopicContract(name: "test.stream.v1", partitions: 4, settings: [:]),
            zone: zone, eventType: "test.v1", ignorableTypes: [], futureLimit: .seconds(86_400),
            outOfOrder: .seconds(3_600), fields: fields, metrics: metrics)
    }

    static func metric(
        _ name: String, _ measure: MetricContract.Measure, filter: MetricContract.Filter? = nil,
        breakdowns: [String] = []
    ) -> MetricContract {
        MetricContract(
            name: name, measure: measure, filter: filter, breakdowns: breakdowns, scale: 0,
            unit: "units")
    }

    private static func field(
        _ name: String, _ kind: FieldContract.Kind, required: Bool = false
    ) -> FieldContract {
        FieldContract(name: name, kind: kind, required: required)
    }

    /// Three metrics over two breakdowns, as tourism has them.
    static func tourism(zone: Zone = shanghai) -> StreamContract {
        stream(
            [
                field("division", .division, required: true),
                field("visitors", .integer(min: 1, max: 1_000_000), required: true),
                field("spend", .decimal(scale: 2, min: 0, max: .max)),
                field("origin", .region), field("site", .slug(maxLength: 64)),
                field("overnight", .boolean),
            ],
            [
                metric("visitors", .sum("visitors"), breakdowns: ["origin", "site"]),
                metric(
                    "overnight-visitors", .sum("visitors"), filter: .isTrue(field: "overnight"),
                    breakdowns: ["origin"]),
                metric("revenue", .sum("spend"), breakdowns: ["origin", "site"]),
            ], zone: zone)
    }

    /// Words, lists, a count, and filters on each.
    static let mixed = stream(
        [
            field("division", .division, required: true),
            field("amount", .decimal(scale: 2, min: .min, max: .max), required: true),
            field("programme", .slugs(maxLength: 64, maxCount: 8)),
            field("fund", .word(["central", "private", "bond"])),
        ],
        [
            metric("disbursed", .sum("amount"), breakdowns: ["fund", "programme"]),
            metric(
                "major", .sum("amount"),
                filter: .equals(field: "programme", value: "major_project"),
                breakdowns: ["fund"]),
            metric("payments", .count, breakdowns: ["programme"]),
            metric("private-payments", .count, filter: .equals(field: "fund", value: "private")),
            metric("none", .count, filter: .equals(field: "fund", value: "lottery")),
        ])

    static let measurements = stream(
        [
            field("indicator", .indicator, required: true),
            field("division", .division, required: true), field("period", .period, required: true),
            field("value", .decimal(scale: 6, min: .min, max: .max), required: true),
            field("unit", .text(minLength: 1, maxLength: 64)),
            field("basis", .word(["cumulative", "period"])),
            field("revision", .integer(min: 0, max: .max)),
        ], [], kind: .measurements)
}
