package import Contracts
internal import Dispatch
internal import Kafka
internal import Ledger
package import Postgres
internal import Synchronization

/// What an ingest instance needs to know.
package struct IngestSettings: Sendable {
    package var contract: StreamContract
    package var brokers: String
    /// librdkafka properties of the operator, passed through.
    package var kafka: [String: String]
    package var database: PostgresSettings
    /// Names this process in the ledger, for people.
    package var instance: String
    /// Instances of one group share the partitions.
    package var group: String
    package var limits = IngestMachine.Limits()
    /// Fingerprints kept in memory, in bytes.
    package var fingerprintBytesMax = 96 << 20

    package init(
        contract: StreamContract, brokers: String, kafka: [String: String] = [:],
        database: PostgresSettings, instance: String, group: String? = nil
    ) {
        self.contract = contract
        self.brokers = brokers
        self.kafka = kafka
        self.database = database
        self.instance = instance
        self.group = group ?? "headway-\(contract.name)"
    }
}

/// Reads one stream's topic into the ledger, exactly once, on one thread; commits on another.
///
/// There is one way back from any failure: drop what is in memory, leave the group, and begin anew from the
/// ledger. The claim waits for a commit that may still be under way and reads how it ended.
package final class IngestService: Service {
    private let settings: IngestSettings
    private let observer: any IngestObserver
    private let stopping = Atomic<Bool>(false)
    private let wakes = Mutex<KafkaWake?>(nil)
    private let stopped = DispatchSemaphore(value: 0)

    /// Between two lives: doubled from the first to the last while failures follow one another.
    private static let pauseMin = Duration.milliseconds(100)
    private static let pauseMax = Duration.seconds(5)
    /// A life that lasted longer was a good one: the next pause is short again.
    private static let goodLife = Duration.seconds(10)
    private static let closeLimit = Duration.seconds(5)

    package init(settings: IngestSettings, observer: any IngestObserver = SilentIngestObserver()) {
        self.settings = settings
        self.observer = observer
    }

    package func run() throws {
        let kafka = try KafkaSettings.consumer(brokers: settings.brokers, group: settings.group)
            .merging(settings.kafka)
        var pause = Self.pauseMin
        let clock = ContinuousClock()
        while !stopping.load(ordering: .acquiring) {
            let began = clock.now
            do {
                try live(kafka)
            } catch let failure as PostgresFailure where failure.kind == .schema {
                throw failure
            } catch {
                let reason = (error as? IngestFailure)?.reason ?? "\(error)"
                observer.restarting(stream: settings.contract.name, reason: reason)
                if clock.now - began > Self.goodLife { pause = Self.pauseMin }
                let (seconds, attoseconds) = pause.components
                let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
                _ = stopped.wait(timeout: .now() + .nanoseconds(nanoseconds))
                pause = min(pause * 2, Self.pauseMax)
            }
        }
    }

    package func stop() {
        stopping.store(true, ordering: .releasing)
        stopped.signal()
        wakes.withLock { $0?.wake() }
    }

    private func live(_ kafka: KafkaSettings) throws {
        let run = try IngestRun(settings: settings, observer: observer) { [self] in
            wakes.withLock { $0?.wake() }
        }
        // PostgreSQL first, then the group: whoever claims next need not wait.
        do {
            var consumer = try KafkaConsumer(settings: kafka)
            wakes.withLock { [wake = consumer.wakeHandle()] in $0 = wake }
            let result = Result { try run.run(&consumer) { stopping.load(ordering: .acquiring) } }
            run.end()
            wakes.withLock { $0 = nil }
            consumer.close(within: Self.closeLimit)
            try result.get()
        } catch {
            run.end()
            throw error
        }
    }
}
