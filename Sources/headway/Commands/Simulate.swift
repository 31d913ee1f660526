import Contracts
import Foundation
import Kafka
import Ledger
import Simulation

/// `headway simulate`: the simulated city alone, into the topics of a running broker.
enum Simulate {
    static let command = Command(
        words: ["simulate"],
        summary: "Send the simulated city's events into the topics",
        discussion: """
            The producing half of `headway up`: the same seed sends the same bytes. With --position it remembers what
            the broker acknowledged, and the same command goes on there. --backlog sends tourism arrivals of
            two dense weeks instead, as fast as the broker takes them: for measuring.
            """,
        options: [
            Connections.brokers, Connections.kafka, Connections.dataDirectory, Folders.topics,
            .value(
                "plan", "PLAN", environment: "HEADWAY_PLAN",
                "the plan to simulate (default: the scenario's)"),
            Scenarios.option, Scenarios.expectations,
            .value("seed", "N", standard: "1", "another seed is another city"),
            .value(
                "events", "N", standard: "1000000",
                "events of the simulated year; the city's totals stay the same"),
            .value("speed", "X|max", standard: "max", "simulated seconds a second"),
            .value("position", "DIR", "a folder that remembers how far the city was sent"),
            .value("backlog", "N", "N tourism arrivals instead of the city"),
        ],
        examples: [
            .init(
                line: "headway simulate --speed 86400",
                what: "a day a second into the topics of HEADWAY_BROKERS"),
            .init(
                line: "headway simulate --scenario late-surge --expectations",
                what: "what should come out of a scenario; sends nothing"),
            .init(
                line: "headway simulate --backlog 3000000", what: "a backlog for measuring ingest"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let choice = try Scenarios.choice(invocation, in: catalogue)
        let plan = choice.plan
        if invocation.flag("expectations") {
            for line in Scenarios.expectationLines(choice) { surroundings.print(line) }
            return .success
        }
        let kafka = try KafkaSettings.producer(brokers: try Connections.brokers(invocation))
            .merging(Connections.properties(invocation))
        if let backlog = try invocation.integer("backlog", in: 1...1_000_000_000) {
            return try send(backlog: Int64(backlog), catalogue, kafka, surroundings)
        }
        let folder = try PositionFolder(invocation["position"])
        let progress = ProgressBar(label: plan.id, total: nil, unit: "records")
        let city = City(
            try City.Plan(invocation, choice, catalogue, dataPath: folder.path), kafka: kafka
        ) { state in
            let day = state.day(in: plan.zone) ?? ""
            progress.update(done: state.records, detail: day)
        }
        surroundings.stop.whenRequested { city.stop() }
        try city.run()
        progress.finish()
        return city.current.isFinished ? .success : .failure
    }

    /// Sends the backlog and waits until all of it is acknowledged.
    private static func send(
        backlog records: Int64, _ catalogue: Catalogue, _ kafka: KafkaSettings,
        _ surroundings: Surroundings
    ) throws -> ExitStatus {
        guard let stream = catalogue.stream(named: SimulatedStream.tourism.name) else {
            throw CommandFailure(
                "Topics/ declares no stream \(SimulatedStream.tourism.name), which the backlog fills"
            )
        }
        var backlog = TourismBacklog(records: records)
        var producer = try KafkaProducer(settings: kafka)
        let headers = [KafkaHeader("content-type", "application/cloudevents+json")]
        let progress = ProgressBar(label: "backlog", total: records, unit: "records")
        var failure: KafkaFailure?
        func takeReports(_ timeout: Duration) {
            producer.poll(timeout: timeout) { report in failure = report.failure ?? failure }
        }
        while failure == nil, !surroundings.stop.isRequested {
            let isMore = backlog.next { key, value, milliseconds in
                while failure == nil {
                    do throws(KafkaFailure) {
                        try producer.produce(
                            topic: stream.topic.name, partition: nil, key: key, value: value,
                            headers: headers,
                            timestampMilliseconds: milliseconds)
                        return
                    } catch {
                        if error.code == "_QUEUE_FULL" {
                            takeReports(.milliseconds(100))
                        } else {
                            failure = error
                        }
                    }
                }
            }
            guard isMore else { break }
            if backlog.totals.records % 2_000 == 0 {
                takeReports(.zero)
                progress.update(done: backlog.totals.records, detail: "")
            }
        }
        while producer.outstanding > 0, failure == nil { takeReports(.milliseconds(100)) }
        progress.finish()
        if let failure { throw CommandFailure("\(failure)") }
        return surroundings.stop.isRequested ? .failure : .success
    }

    /// Where the position is kept: the operator's folder, or one that goes with this run.
    private final class PositionFolder {
        let path: String
        private let isOwn: Bool

        init(_ given: String?) throws {
            isOwn = given == nil
            path =
                given.map { DataDirectory.absolute($0) }
                ?? FileManager.default.temporaryDirectory.path + "/headway-simulate-\(getpid())"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit {
            // What is left behind in the temporary folder harms nobody.
            if isOwn {
                unlink(path + "/city")
                rmdir(path)
            }
        }
    }
}
