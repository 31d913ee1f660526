import Contracts
import Foundation
import Kafka
import Ledger
import Simulation
import Synchronization

/// The simulated city: sends the records of a year and of the year before it into the sector topics,
/// at a chosen speed, and goes on after a restart from what the broker acknowledged.
final class City: Service {
    struct Plan: Sendable {
        var settings: SimulationSettings
        var planID: String
        /// The scenario's name; a dash where there is none.
        var scenario = "-"
        /// Simulated seconds a second; nil: as fast as the broker takes them, as the year before
        /// the period is always sent.
        var speed: Double?
        /// By stream name.
        var topics: [String: String]
        var dataPath: String
    }

    /// What is shown of it.
    struct State: Sendable {
        var records: Int64 = 0
        var at: Instant?
        /// The year before the period, as long as that is what is sent.
        var baseYear: String?
        var isFinished = false

        /// "2023-04-05", or what is sent before the period begins.
        func day(in zone: Zone) -> String? {
            if let baseYear { return "the base year " + baseYear }
            return at.map { zone.day(at: $0).iso }
        }
    }

    private let plan: Plan
    private let kafka: KafkaSettings
    private let stopping = Stop()
    private let state = Mutex(State())
    private let onProgress: @Sendable (State) -> Void

    /// Records in a block of the acknowledged prefix.
    private static let blockRecords = 500

    init(_ plan: Plan, kafka: KafkaSettings, onProgress: @escaping @Sendable (State) -> Void) {
        self.plan = plan
        self.kafka = kafka
        self.onProgress = onProgress
    }

    var current: State { state.withLock { $0 } }

    func stop() { stopping.request("stop") }

    /// Throws `ServerFailure` where the data directory holds the position of another city.
    func run() throws {
        var position = CityPosition(
            seed: plan.settings.seed, eventsPerYear: plan.settings.eventsPerYear, plan: plan.planID,
            scenario: plan.scenario, start: plan.settings.start.iso, place: SimulationPosition(),
            isFinished: false)
        if let kept = try CityPosition.read(plan.dataPath) {
            guard kept.isOfSameCity(as: position) else {
                throw ServerFailure(
                    "the data directory holds the city of \(kept.options); "
                        + "go on with those, or give another --data-dir")
            }
            position = kept
        }
        if position.isFinished { return finish(records: position.place.records) }
        var simulation = CitySimulation(settings: plan.settings)
        if position.place.records > 0 { simulation.resume(at: position.place) }
        var producer = try KafkaProducer(settings: kafka)
        let isWhole = try send(&simulation, &producer, &position)
        producer.close(within: .seconds(2))
        if isWhole { finish(records: position.place.records) }
    }

    private func finish(records: Int64) {
        let last = state.withLock { state in
            state.records = records
            state.baseYear = nil
            state.isFinished = true
            return state
        }
        onProgress(last)
    }

    /// True when everything was sent and acknowledged; false when a stop came first.
    private func send(
        _ simulation: inout CitySimulation, _ producer: inout KafkaProducer,
        _ position: inout CityPosition
    ) throws -> Bool {
        var record = SimulatedRecord()
        var prefix = AcknowledgedPrefix<SimulationPosition>()
        var pace: Pace?
        var written = ContinuousClock.now
        var inBlock = 0
        let paced = simulation.periodStart.microseconds / 1_000
        while !stopping.isRequested, simulation.next(into: &record) {
            if let speed = plan.speed, record.timestampMilliseconds >= paced {
                let clock =
                    pace ?? Pace(speed: speed, firstMilliseconds: record.timestampMilliseconds)
                pace = clock
                while !stopping.isRequested,
                    let left = clock.left(until: record.timestampMilliseconds)
                {
                    try takeReports(&producer, &prefix, timeout: min(left, .milliseconds(200)))
                }
            }
            try queue(record, &producer, &prefix)
            inBlock += 1
            if inBlock >= Self.blockRecords || pace != nil {
                inBlock = 0
                prefix.close(at: simulation.position)
                try takeReports(&producer, &prefix, timeout: .zero)
                report(record, simulation.position.records, from: simulation.periodStart)
            }
            if written.duration(to: .now) > .seconds(1) {
                written = .now
                if let place = prefix.take() {
                    position.place = place
                    try position.write(plan.dataPath)
                }
            }
        }
        prefix.close(at: simulation.position)
        return try settle(&producer, &prefix, &position)
    }

    private func queue(
        _ record: SimulatedRecord, _ producer: inout KafkaProducer,
        _ prefix: inout AcknowledgedPrefix<SimulationPosition>
    ) throws {
        guard let topic = plan.topics[record.stream.name] else {
            throw ServerFailure(
                "Topics/ declares no stream \(record.stream.name), which the city fills")
        }
        let headers = record.headers.map { KafkaHeader(name: Array($0.name.utf8), value: $0.value) }
        prefix.sent()
        while true {
            do {
                try producer.produce(
                    topic: topic, partition: record.partition, key: record.key,
                    value: record.isTombstone ? nil : record.value, headers: headers,
                    timestampMilliseconds: record.timestampMilliseconds, token: prefix.current + 1)
                return
            } catch {
                guard error.code == "_QUEUE_FULL" else { throw error }
                try takeReports(&producer, &prefix, timeout: .milliseconds(100))
            }
        }
    }

    private func takeReports(
        _ producer: inout KafkaProducer, _ prefix: inout AcknowledgedPrefix<SimulationPosition>,
        timeout: Duration
    ) throws {
        var failure: KafkaFailure?
        producer.poll(timeout: timeout) { report in
            if let failed = report.failure { failure = failed }
            prefix.acknowledged(block: report.token - 1)
        }
        if let failure { throw failure }
    }

    /// Waits for what is on its way, a little only when stopping, and writes the position down.
    private func settle(
        _ producer: inout KafkaProducer, _ prefix: inout AcknowledgedPrefix<SimulationPosition>,
        _ position: inout CityPosition
    ) throws -> Bool {
        let wasStopped = stopping.isRequested
        let deadline = ContinuousClock.now + (wasStopped ? .seconds(2) : .seconds(120))
        while producer.outstanding > 0, ContinuousClock.now < deadline {
            try takeReports(&producer, &prefix, timeout: .milliseconds(100))
            if !wasStopped && stopping.isRequested { break }
        }
        try takeReports(&producer, &prefix, timeout: .zero)
        if let place = prefix.take() { position.place = place }
        position.isFinished = !wasStopped && producer.outstanding == 0
        try position.write(plan.dataPath)
        return position.isFinished
    }

    private func report(
        _ record: SimulatedRecord, _ records: Int64, from periodStart: Instant
    ) {
        let milliseconds = record.timestampMilliseconds
        let now = state.withLock { state in
            state.records = records
            state.at = Instant(microseconds: milliseconds * 1_000)
            let start = plan.settings.periodStart
            let isBefore = milliseconds * 1_000 < periodStart.microseconds
            state.baseYear = isBefore ? String(start.components.year - 1) : nil
            return state
        }
        onProgress(now)
    }

    /// When a record is due on the wall.
    private struct Pace {
        let speed: Double
        let firstMilliseconds: Int64
        let began = ContinuousClock.now

        init(speed: Double, firstMilliseconds: Int64) {
            self.speed = speed
            self.firstMilliseconds = firstMilliseconds
        }

        /// Nil when the record is due.
        func left(until milliseconds: Int64) -> Duration? {
            let simulated = Double(milliseconds - firstMilliseconds) / 1_000
            let due = began + .seconds(simulated / speed)
            let left = ContinuousClock.now.duration(to: due)
            return left > .zero ? left : nil
        }
    }
}
