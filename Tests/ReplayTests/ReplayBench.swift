import Contracts
import Foundation
import HeadwayTesting
import Ingest
import Judge
import Kafka
import Ledger
import Postgres
import Replay
import Synchronization
import Testing

/// Waits for how far the judge has come.
final class RestingJudge: JudgeObserver {
    private let judgedTo = Mutex<[String: Instant]>([:])
    private let came = NSCondition()

    func judgeCameToRest(_ all: [String: [String: Instant]]) {
        judgedTo.withLock { $0 = all["small"] ?? [:] }
        came.lock()
        came.broadcast()
        came.unlock()
    }

    /// False after a minute.
    func wait(until instant: Instant, streams: [String]) -> Bool {
        let limit = Date(timeIntervalSinceNow: 60)
        came.lock()
        defer { came.unlock() }
        func isThere() -> Bool {
            let now = judgedTo.withLock { $0 }
            return streams.allSatisfy { (now[$0] ?? Instant(microseconds: .min)) >= instant }
        }
        while !isThere() {
            guard came.wait(until: limit) else { return isThere() }
        }
        return true
    }
}

/// A small plan on two streams: topics of their own, a ledger, ingest and judge running.
final class ReplayBench {
    let database: ScratchDatabase
    let brokers: String
    let streams: [StreamContract]
    private(set) var plan: PlanContract
    private var ingests: [ServiceThread] = []
    private var judge: ServiceThread?
    private var observer = RestingJudge()
    private let group = "replay-\(UUID().uuidString.prefix(8))"

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Topics").standardized.path
        let declared = try Catalogue.load(folder).streams
        let suffix = "-\(UUID().uuidString.prefix(8))"
        streams = try ["tourism.arrivals", "sector.measurements"].map { name in
            var stream = try #require(declared.first { $0.name == name })
            stream.topic.name += suffix
            stream.topic.partitions = name == "tourism.arrivals" ? 2 : 1
            return stream
        }
        database = try ScratchPostgres.shared().database(template: "replay") { connection in
            try LedgerMigrations.apply(&connection)
        }
        var connection = try database.connect()
        try CatalogueSync.run(streams, on: &connection)
        brokers = try TestBroker.brokers()
        plan = .small()
        for stream in streams { try createTopic(stream) }
        for stream in streams {
            var settings = IngestSettings(
                contract: stream, brokers: brokers, kafka: ["fetch.wait.max.ms": "20"],
                database: database.settings, instance: "test")
            settings.group = "\(group)-\(stream.name)"
            ingests.append(ServiceThread(name: "ingest", IngestService(settings: settings)))
        }
        ingests.forEach { $0.start() }
        try startJudge()
    }

    deinit { ([judge].compactMap { $0 } + ingests).forEach { $0.stop() } }

    func createTopic(_ stream: StreamContract) throws {
        var admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        defer { admin.close(within: .seconds(5)) }
        let order = KafkaTopicOrder(
            name: stream.topic.name, partitions: stream.topic.partitions,
            settings: ["retention.ms": "-1"])
        for case let failure? in try admin.create([order], timeout: .seconds(60)).values {
            throw failure
        }
    }

    func deleteTopic(of stream: StreamContract) throws {
        var admin = try KafkaAdmin(settings: .admin(brokers: brokers))
        defer { admin.close(within: .seconds(5)) }
        for case let failure? in try admin.delete([stream.topic.name], timeout: .seconds(60)).values
        {
            throw failure
        }
    }

    private func startJudge() throws {
        observer = RestingJudge()
        let catalogue = Catalogue(streams: streams, outputs: [], plans: [plan])
        let thread = ServiceThread(
            name: "judge",
            try Judge(
                settings: JudgeSettings(clock: .watermark, owner: "test"), catalogue: catalogue,
                database: database.settings, observer: observer))
        thread.start()
        judge = thread
    }

    /// The plan is edited; the judge starts again with it.
    func edit(_ edited: PlanContract) throws {
        try stop(judge)
        plan = edited
        try startJudge()
    }

    func stop() throws { for thread in [judge].compactMap({ $0 }) + ingests { try stop(thread) } }

    private func stop(_ thread: ServiceThread?) throws {
        guard let thread else { return }
        thread.stop()
        #expect(thread.join(within: .seconds(20)))
        if let failure = thread.failure { throw failure }
    }

    // MARK: Producing

    struct Record {
        var stream = 0
        var partition: Int32 = 0
        var time: Instant
        var value: String
    }

    private(set) var sent = 0

    func event(
        _ time: Instant, _ visitors: Int, id: String? = nil, division: String = "410311",
        origin: String = "CN-41", partition: Int32 = 0, previous: String? = nil
    ) -> Record {
        sent += 1
        var data =
            #""division":"\#(division)","visitors":\#(visitors),"spend":"\#(visitors).25","#
            + #""origin":"\#(origin)""#
        let members = "{\"time\":\"\(time.rfc3339)\",\(data)}"
        if let previous { data += ",\"previous\":\(previous)" }
        described[id ?? "e\(sent)"] = members
        return Record(
            partition: partition, time: time,
            value: wrapped("tourism.arrival.v1", id ?? "e\(sent)", time, "{\(data)}"))
    }

    /// What a correction of the event names as `previous`.
    private(set) var described: [String: String] = [:]

    func withdrawal(of id: String, at time: Instant) -> Record {
        sent += 1
        let data =
            "{\"withdrawn\":true,\"division\":\"410311\",\"previous\":\(described[id] ?? "null")}"
        return Record(time: time, value: wrapped("tourism.arrival.v1", "w\(sent)", time, data))
    }

    func reading(_ value: String, _ period: String, at time: Instant, revision: Int = 0) -> Record {
        sent += 1
        let data =
            #"{"indicator":"economy.gdp-growth","division":"410300","period":"\#(period)","#
            + #""value":"\#(value)","revision":\#(revision)}"#
        return Record(
            stream: 1, time: time, value: wrapped("sector.measurement.v1", "m\(sent)", time, data))
    }

    private func wrapped(_ type: String, _ id: String, _ time: Instant, _ data: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/t","type":"\#(type)","#
            + #""time":"\#(time.rfc3339)","data":\#(data)}"#
    }

    /// Sends the records, then a heartbeat to every partition, and waits until all is judged.
    func step(_ records: [Record], until instant: Instant) throws {
        var all = records
        for (number, stream) in streams.enumerated() {
            for partition in 0..<stream.topic.partitions {
                sent += 1
                all.append(
                    Record(
                        stream: number, partition: Int32(partition), time: instant,
                        value: wrapped("headway.tick.v1", "t\(sent)", instant, "{}")))
            }
        }
        try send(all)
        let isJudged = observer.wait(until: instant, streams: streams.map(\.name))
        let stand = isJudged ? "" : try stand(instant)
        try #require(isJudged, "\(stand)")
    }

    /// Where everybody is, for a step that does not end.
    private func stand(_ instant: Instant) throws -> String {
        let failures = (ingests + [judge].compactMap { $0 }).compactMap(\.failure).map { "\($0)" }
        let positions = try query(
            """
            select concat_ws(' ', tp.topic, tp.partition, p.state, p.next_offset, p.watermark, p.at_end)
            from ledger.position p join ledger.topic_partition tp on tp.id = p.topic_partition
            """)
        return ([instant.rfc3339] + failures + positions).joined(separator: "; ")
    }

    func send(_ records: [Record]) throws {
        var producer = try KafkaProducer(settings: .producer(brokers: brokers))
        for (token, record) in records.enumerated() {
            try producer.produce(
                topic: streams[record.stream].topic.name, partition: record.partition,
                key: Array("k".utf8), value: Array(record.value.utf8), headers: [],
                timestampMilliseconds: record.time.microseconds / 1_000, token: token)
        }
        try producer.flush(timeout: .seconds(30))
    }

    // MARK: Explaining

    func recorded(_ sequence: Int64) throws -> RecordedChange {
        var connection = try database.connect()
        return try #require(
            try RecordedChange.read(plan: "small", sequence: sequence, on: &connection))
    }

    func explain(_ sequence: Int64, streams: [StreamContract]? = nil) throws -> ChangeReplay.Result
    {
        let reader = KafkaSettings.reader(brokers: brokers)
        return try ChangeReplay(
            try recorded(sequence), streams: streams ?? self.streams, settings: reader
        ).run { _ in true }
    }

    /// The first column as text, by the given order.
    @discardableResult
    func query(_ sql: String) throws -> [String] {
        var connection = try database.connect()
        return try connection.query(sql).map { $0.optionalText(0) ?? "" }
    }
}

extension PlanContract {
    static func small(revision: Int = 1, visitors: Int64 = 3_650) -> PlanContract {
        var japan = TargetContract.visitors(value: 365)
        japan.id = "tourism.japan"
        japan.source = .metric(
            stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: "origin",
            member: "JP")
        var revenue = TargetContract.visitors(
            value: 365_000, hold: .days(2), dwell: .days(3), staleAfter: .days(20))
        revenue.id = "tourism.revenue"
        revenue.scale = 2
        revenue.source = .metric(
            stream: "tourism.arrivals", metric: "tourism.revenue", breakdown: nil, member: nil)
        return PlanContract(
            id: "small", revision: revision, titleZh: "小", titleEn: "Small", zone: shanghai,
            periodStart: CivilDate(iso: "2023-01-01")!, periodEnd: CivilDate(iso: "2023-12-31")!,
            division: 410_300, place: "4103",
            targets: [.visitors(value: visitors), japan, revenue, .growth()])
    }
}
