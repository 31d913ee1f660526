import Contracts
import Events
import Foundation
import Kafka

/// `headway publish`: a file of events into a stream's topic.
enum Publish {
    static let command = Command(
        words: ["publish"],
        summary: "Put a file of events into a stream's topic",
        discussion: """
            Reads the whole file with the stream's own decoder first: a file with one wrong record is not sent at all.
            What the broker acknowledged is written down beside the file (FILE.published), so that a run that was cut
            off goes on where it was, and a second run of the same file sends nothing.
            """,
        positionals: [
            .init(
                name: "FILE", required: true,
                help: "NDJSON (a CloudEvent a line), or CSV with a header")
        ],
        options: [
            .value("stream", "STREAM", "the stream, for example tourism.arrivals"),
            .value(
                "map", "COLUMN=MEMBER", "CSV: which column fills which member of the event; repeats"
            ).repeating(),
            .value(
                "source", "URI",
                "CSV: the events' source where no column gives it (default /files/FILE)"),
            .value("key", "MEMBER", standard: "division", "the member that is the records' key"),
            .flag("check", "only read and validate"),
            .flag("restart", "forget what was acknowledged and send everything again"),
            Connections.brokers, Connections.kafka, Connections.dataDirectory, Folders.topics,
        ],
        examples: [
            .init(
                line: "headway publish may.ndjson --stream tourism.arrivals",
                what: "events as they are"),
            .init(
                line:
                    "headway publish may.csv --stream tourism.arrivals --map 日期=time --map 人次=visitors",
                what: "columns with names of their own; the others match by name"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let path = invocation.positionals[0]
        let contract = try stream(
            invocation.required("stream"), Catalogue.load(Folders.topicsPath(invocation)))
        let isCSV = path.lowercased().hasSuffix(".csv") || !invocation.list("map").isEmpty
        let file = try PublicationFile(
            path: path, csvPairs: isCSV ? invocation.list("map") : nil, contract: contract,
            source: invocation["source"])
        let key = try invocation.required("key")
        guard contract.field(named: key) != nil else {
            let hint = Spelling.hint(for: key, in: contract.fields.map(\.name))
            throw UsageFailure(
                message: "\(contract.name) has no member \(key)\(hint)", command: invocation.words)
        }
        guard let count = try validate(file, contract, surroundings) else { return .failure }
        if invocation.flag("check") {
            report(invocation, surroundings, records: count, sent: 0, before: 0, "valid")
            return .success
        }
        let subject =
            "headway-published \(file.fingerprint) \(contract.topic.name) key=\(key) "
            + invocation.list("map").joined(separator: " ")
        let journal = try AcknowledgementJournal(
            path: path + ".published", subject: subject.trimmingCharacters(in: .whitespaces),
            restart: invocation.flag("restart"))
        let before = journal.count
        let settings = try KafkaSettings.producer(brokers: Connections.brokers(invocation))
            .merging(Connections.properties(invocation))
        let admin = try KafkaAdmin(
            settings: .admin(brokers: Connections.brokers(invocation))
                .merging(Connections.properties(invocation)))
        guard try admin.partitions(of: contract.topic.name, timeout: .seconds(10)) != nil else {
            throw CommandFailure(
                "the broker has no topic \(contract.topic.name): `headway topics apply --execute` makes it"
            )
        }
        let sender = try PublicationSender(
            settings: settings, contract: contract, key: key, journal: journal,
            stop: surroundings.stop)
        let progress = ProgressBar(label: "publishing", total: Int64(count), unit: "records")
        let failure = try sender.send(file, progress)
        progress.finish()
        journal.flush()
        let sent = journal.count - before
        if let failure {
            throw CommandFailure(
                "\(failure); \(sent) records were acknowledged, run it again to go on")
        }
        let isWhole = journal.count == count
        if !isWhole && !surroundings.stop.isRequested {
            throw CommandFailure(
                "the broker stopped answering; \(sent) records were acknowledged, run it again to go on"
            )
        }
        report(
            invocation, surroundings, records: count, sent: sent, before: before,
            isWhole ? "done" : "stopped")
        return isWhole ? .success : .failure
    }

    private static func stream(_ name: String, _ catalogue: Catalogue) throws -> StreamContract {
        if let found = catalogue.stream(named: name) ?? catalogue.stream(ofTopic: name) {
            return found
        }
        let hint = Spelling.hint(for: name, in: catalogue.streams.map(\.name))
        throw UsageFailure(message: "there is no stream \(name)\(hint)", command: ["publish"])
    }

    /// The count of records, or nil where one is wrong: each of the first twenty is told with its
    /// line.
    private static func validate(
        _ file: PublicationFile, _ contract: StreamContract, _ surroundings: Surroundings
    ) throws -> Int? {
        let decoder = EventDecoder(contract: contract)
        var (count, wrong) = (0, 0)
        try file.forEach { _, line, value in
            count += 1
            let record = RawRecord(
                value: value, headers: .init(start: nil, count: 0), timestampMilliseconds: -1)
            if case .dead(let reason) = decoder.decode(record) {
                wrong += 1
                if wrong <= 20 {
                    Terminal.writeError(
                        "\(file.path):\(line): \(reason.reason): \(reason.message)\n")
                }
            }
            return !surroundings.stop.isRequested
        }
        guard wrong == 0 else {
            Terminal.writeError("\(wrong) of \(count) records are wrong; nothing was sent\n")
            return nil
        }
        return count
    }

    private static func report(
        _ invocation: Invocation, _ surroundings: Surroundings, records: Int, sent: Int,
        before: Int, _ state: String
    ) {
        guard invocation.json else {
            let earlier = before > 0 ? ", \(grouped(Int64(before))) acknowledged earlier" : ""
            return surroundings.print(
                "\(state): \(grouped(Int64(records))) records, \(grouped(Int64(sent))) sent\(earlier)"
            )
        }
        surroundings.print(
            JSONValue.object([
                ("state", .text(state)), ("records", .integer(records)), ("sent", .integer(sent)),
                ("earlier", .integer(before)),
            ]).compact)
    }
}
