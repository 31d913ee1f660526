import Contracts
import Foundation
import Kafka
import Postgres
import Replay
import Testing

/// Real servers: what the services recorded follows from the log, and what was altered does not.
@Suite struct ChangeReplayTests {
    /// A spring with everything that may come.
    private func spring(_ bench: ReplayBench) throws {
        try bench.step(
            [
                bench.event(at("2023-01-01", 9), 10, id: "first"),
                bench.event(at("2023-01-01", 10), 2, origin: "JP", partition: 1),
                // Twice the same, one of another place, one that nobody can read.
                bench.event(at("2023-01-01", 9), 10, id: "first"),
                bench.event(at("2023-01-01", 11), 900, division: "410102"),
                .init(time: at("2023-01-01", 11), value: "{\"broken"),
            ], until: at("2023-01-02"))
        try bench.step([bench.event(at("2023-01-02", 9), 1)], until: at("2023-01-03"))
        // Late, then corrected, then withdrawn.
        try bench.step(
            [bench.event(at("2023-01-02", 10), 20, id: "late", partition: 1)],
            until: at("2023-01-04"))
        let first = try #require(bench.described["first"])
        try bench.step(
            [bench.event(at("2023-01-01", 9), 1, previous: first)], until: at("2023-01-05"))
        try bench.step(
            [
                bench.event(at("2023-01-05", 9), 60, origin: "JP"),
                bench.event(at("2023-01-05", 9), 3),
            ],
            until: at("2023-01-06"))
        try bench.step([], until: at("2023-01-20"))
        try bench.step(
            [bench.withdrawal(of: "late", at: at("2023-01-20", 1))], until: at("2023-01-21"))
        try bench.step(
            [bench.reading("7.5", "2023-Q1", at: at("2023-04-18", 10))], until: at("2023-04-19"))
        try bench.step(
            [bench.reading("6.1", "2023-Q1", at: at("2023-05-02", 10), revision: 1)],
            until: at("2023-05-03"))
        try bench.step([bench.event(at("2023-05-03", 8), 1_300)], until: at("2023-05-04"))
        try bench.edit(.small(revision: 2, visitors: 36_500))
        try bench.step([bench.event(at("2023-05-05", 8), 30)], until: at("2023-05-06"))
    }

    @Test(.timeLimit(.minutes(5))) func everyChangeFollowsAndNoAlterationDoes() throws {
        let bench = try ReplayBench()
        try spring(bench)
        try bench.stop()
        let last = Int64(try bench.query("select max(sequence)::text from ledger.status_change")[0])
        let causes = Set(
            try bench.query("select distinct data::json ->> 'cause' from ledger.status_change"))
        #expect(causes == ["live", "late", "correction", "clock", "plan"])
        for sequence in 1...(try #require(last)) {
            let result = try bench.explain(sequence)
            #expect(result.outcome == .same, "\(sequence): \(result.data ?? "")")
        }
        try alterations(bench)
        try otherLogs(bench)
    }

    private func sequence(_ bench: ReplayBench, _ condition: String) throws -> Int64 {
        let found = try bench.query(
            "select max(sequence)::text from ledger.status_change where \(condition)")
        return try #require(Int64(found[0]))
    }

    private func members(_ result: ChangeReplay.Result) -> [String] {
        guard case .differs(let differences) = result.outcome else { return ["\(result.outcome)"] }
        return differences.map(\.member)
    }

    private func alterations(_ bench: ReplayBench) throws {
        let late = try sequence(bench, "data::json ->> 'cause' = 'late'")
        func altered(_ change: String) throws -> [String] {
            try bench.query("create table ledger.kept as select * from ledger.status_change")
            try bench.query("update ledger.status_change set \(change) where sequence = \(late)")
            let found = members(try bench.explain(late))
            try bench.query("delete from ledger.status_change")
            try bench.query("insert into ledger.status_change select * from ledger.kept")
            try bench.query("drop table ledger.kept")
            return found
        }
        #expect(
            try altered(#"data = regexp_replace(data, '"value":"[0-9]+', '"value":"9')"#)
                == ["value"])
        #expect(
            try altered(#"data = replace(data, '"cause":"late"', '"cause":"live"')"#) == ["cause"])
        #expect(
            try altered(#"data = replace(data, '"hold":"PT0S"', '"hold":"P1D"')"#) == ["rule.hold"])
        #expect(try altered("data = data || ' '") == ["data"])
        // The change was recorded at another round than the log gives.
        let earlier = try altered(
            "round = (select max(round) from ledger.judge_round r where r.round < status_change.round"
                + " and r.stream = 'tourism.arrivals')")
        #expect(earlier.contains("to") && earlier.contains("asOf"))
        // An earlier change is not there: the next one does not go on from it.
        try bench.query("create table ledger.kept as select * from ledger.status_change")
        let visitors = try sequence(bench, "target = 'tourism.visitors'")
        try bench.query(
            "delete from ledger.status_change where sequence = "
                + "(select min(sequence) from ledger.status_change where target = 'tourism.visitors')"
        )
        #expect(members(try bench.explain(visitors)).first?.hasPrefix("change at round") == true)
        try bench.query("delete from ledger.status_change")
        try bench.query("insert into ledger.status_change select * from ledger.kept")
        #expect(try bench.explain(visitors).outcome == .same)
    }

    private func reason(_ outcome: ChangeReplay.Outcome) -> String {
        if case .impossible(let reason) = outcome { reason } else { "\(outcome)" }
    }

    /// Streams that are declared no more, a log that does not reach back, and another log.
    private func otherLogs(_ bench: ReplayBench) throws {
        let visitors = try sequence(bench, "target = 'tourism.visitors'")
        #expect(
            reason(try bench.explain(visitors, streams: []).outcome)
                == "Topics/ declares no stream tourism.arrivals any more")
        let tourism = bench.streams[0]
        var admin = try KafkaAdmin(settings: .admin(brokers: bench.brokers))
        try admin.deleteRecords(
            before: [TopicPartitionOffset(topic: tourism.topic.name, partition: 0, offset: 3)],
            timeout: .seconds(30))
        admin.close(within: .seconds(5))
        #expect(
            reason(try bench.explain(visitors).outcome).contains(
                "/0 does not reach back: it begins at offset 3"))
        // What was measured is in another topic.
        let growth = try sequence(bench, "target = 'economy.gdp-growth'")
        #expect(try bench.explain(growth).outcome == .same)
        let measurements = bench.streams[1]
        try bench.deleteTopic(of: measurements)
        #expect(reason(try bench.explain(growth).outcome).contains("is not there any more"))
        try bench.createTopic(measurements)
        #expect(reason(try bench.explain(growth).outcome).contains("ends at offset 0"))
        try bench.send(
            (0..<40).map { bench.reading("7.\($0)", "2023-01", at: at("2023-02-18", $0)) })
        #expect(reason(try bench.explain(growth).outcome).contains("another record stands at"))
    }
}
