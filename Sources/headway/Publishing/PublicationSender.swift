import Contracts
import Events
import Foundation
import Kafka

/// Sends what of a file is not acknowledged yet, and writes acknowledgements down as they come.
final class PublicationSender {
    private var producer: KafkaProducer
    private let contract: StreamContract
    private let decoder: EventDecoder
    private let keyField: Int
    private let journal: AcknowledgementJournal
    private let stop: Stop
    private var failure: KafkaFailure?

    private static let headers = [KafkaHeader("content-type", "application/cloudevents+json")]
    /// Records between two looks at the delivery reports.
    private static let recordsBetweenPolls = 256

    init(
        settings: KafkaSettings, contract: StreamContract, key: String,
        journal: AcknowledgementJournal, stop: Stop
    ) throws {
        producer = try KafkaProducer(settings: settings)
        self.contract = contract
        decoder = EventDecoder(contract: contract)
        keyField = contract.fieldIndex(key) ?? 0
        self.journal = journal
        self.stop = stop
    }

    /// The first failure of a delivery, or nil. Returns early when a stop is asked for; what was
    /// queued by then is still waited for.
    func send(_ file: PublicationFile, _ progress: ProgressBar) throws -> KafkaFailure? {
        var next = journal.firstMissing(from: 0)
        var queued = 0
        try file.forEach { index, _, value in
            guard index >= next else { return true }
            try queue(value, number: index, progress)
            next = journal.firstMissing(from: index + 1)
            queued += 1
            if queued.isMultiple(of: Self.recordsBetweenPolls) {
                try takeReports(timeout: .zero, progress)
            }
            return failure == nil && !stop.isRequested
        }
        try settle(progress, seconds: stop.isRequested ? 8 : 60)
        producer.close(within: .seconds(2))
        return failure
    }

    private func queue(_ value: UnsafeRawBufferPointer, number: Int, _ progress: ProgressBar) throws
    {
        let key = key(of: value)
        while true {
            do {
                try producer.produce(
                    topic: contract.topic.name, partition: nil, key: key, value: Array(value),
                    headers: Self.headers, token: number + 1)
                return
            } catch {
                guard error.code == "_QUEUE_FULL" else { throw error }
                try takeReports(timeout: .milliseconds(100), progress)
            }
        }
    }

    private func key(of value: UnsafeRawBufferPointer) -> [UInt8]? {
        let record = RawRecord(
            value: value, headers: .init(start: nil, count: 0), timestampMilliseconds: -1)
        guard decoder.decode(record) == .event else { return nil }
        let view = decoder.current(keyField)
        guard view.isPresent else { return nil }
        return view.count > 0 ? Array(view.text()) : Array(String(view.number).utf8)
    }

    private func takeReports(timeout: Duration, _ progress: ProgressBar) throws {
        var done: [Int] = []
        var failed: KafkaFailure?
        producer.poll(timeout: timeout) { report in
            if let failure = report.failure {
                failed = failed ?? failure
            } else {
                done.append(report.token - 1)
            }
        }
        try journal.add(done)
        if failure == nil { failure = failed }
        progress.update(done: Int64(journal.count))
    }

    /// Waits for what is on its way.
    private func settle(_ progress: ProgressBar, seconds: Double) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while producer.outstanding > 0 && Date() < deadline {
            try takeReports(timeout: .milliseconds(200), progress)
        }
        try takeReports(timeout: .zero, progress)
    }
}
