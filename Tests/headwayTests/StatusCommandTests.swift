import Contracts
import Foundation
import HeadwayTesting
import Ledger
import Postgres
import Testing

@testable import headway

/// `headway status` and `headway watch` on a real ledger.
@Suite struct StatusCommandTests {
    private let database: ScratchDatabase

    private struct Missing: Error {}

    init() throws {
        let topics = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Topics").standardized.path
        database = try ScratchPostgres.shared().database()
        var connection = try database.connect()
        _ = try LedgerMigrations.apply(&connection)
        let catalogue = try Catalogue.load(topics)
        try CatalogueSync.run(catalogue.streams, on: &connection)
        guard let plan = catalogue.plan("luoyang-2023") else { throw Missing() }
        _ = try connection.pipeline(JudgementPlan.write(plan))
        // Two targets were judged on 1 July 2023, 0:00 in Luoyang, and changed once each.
        try connection.script(
            #"""
            insert into ledger.target_state (plan, target, status, since, sequence, value, expected, pace, projected,
                    as_of, revision, candidate, candidate_since) values
                ('luoyang-2023', 'tourism.visitors', 'at_risk', '2023-06-12T00:00:00Z', 1, 43120455, 51200000, 842196,
                    84219638, '2023-06-30T16:00:00Z', 1, 'off_track', '2023-06-30T04:00:00Z'),
                ('luoyang-2023', 'economy.gdp-growth', 'on_track', '2023-04-18T02:00:00Z', 2, 7.1, 7, 1014285, 7.1,
                    '2023-06-30T16:00:00Z', 1, null, null);
            insert into ledger.status_change (plan, sequence, target, round, decided_at, data) values
                ('luoyang-2023', 1, 'tourism.visitors', 1, now(), '{"plan":"luoyang-2023","revision":1,"target":"tourism.visitors","sequence":1,"from":"on_track","to":"at_risk","cause":"live","asOf":"2023-06-12T00:00:00Z","watermark":null,"value":"39000000","expected":"44000000","pace":"0.88","projected":"88000000","goal":{"bound":"at_least","value":"100000000","unit":"visits","deadline":"2023-12-31"},"rule":{"hold":"P1D"},"positions":[],"previousSequence":null}'),
                ('luoyang-2023', 2, 'economy.gdp-growth', 2, now(), '{"plan":"luoyang-2023","revision":1,"target":"economy.gdp-growth","sequence":2,"from":null,"to":"on_track","cause":"live","asOf":"2023-04-18T02:00:00Z","watermark":null,"value":"7.1","expected":"7","pace":"1.014285","projected":"7.1","goal":{"bound":"at_least","value":"7","unit":"percent","deadline":"2023-12-31"},"rule":{},"positions":[],"previousSequence":null}');
            update ledger.plan set last_sequence = 2 where id = 'luoyang-2023';
            insert into ledger.topic_partition (stream, topic, partition) values ('tourism.arrivals', 'tourism.arrivals.v1', 0);
            insert into ledger.series (metric, breakdown, member) values ('tourism.visitors', '', '');
            insert into ledger.bucket_day select tp.id, 1, '2023-05-01', r.id, d.code, d.value, 10
                from ledger.topic_partition tp, ledger.series r, (values (410311, 30000000), (410324, 13120455)) d (code, value);
            insert into ledger.bucket_hour select tp.id, 1, '2023-05-01T04:00:00Z', r.id, d.code, d.value, 10
                from ledger.topic_partition tp, ledger.series r, (values (410311, 30000000), (410324, 13120455)) d (code, value);
            """#)
    }

    /// What the command prints, and how it ends.
    private func run(_ words: String..., environment: [String: String] = [:]) throws
        -> (headway.ExitStatus, [String])
    {
        let outcome = try ArgumentParser(commands: Program.complete.commands).parse(
            words,
            environment: environment.merging(["HEADWAY_DATABASE_URL": database.settings.url]) { $1 }
        ) { _ in SettingsFile() }
        guard case .run(let command, let invocation) = outcome else { throw Missing() }
        let written = Written()
        let surroundings = Surroundings(
            log: Log(form: .text, least: .error), stop: Stop(), print: written.take)
        return (try command.run(invocation, surroundings), written.all)
    }

    @Test func thePageIsGroupedByAreas() throws {
        let (status, lines) = try run("status", "--lang", "zh", environment: ["COLUMNS": "90"])
        #expect(status == .success)
        #expect(lines[0] == "2023年洛阳市政府工作报告(摘要)  luoyang-2023")
        #expect(lines[1].hasPrefix("截至 2023-07-01 00:00 Asia/Shanghai"))
        #expect(lines.contains("主要预期目标  1 项: 按进度 1"))
        #expect(lines.contains("6 文化旅游  1 项: 有风险 1"))
        #expect(lines.contains { $0.hasPrefix("▲ 有风险 接待游客") && $0.contains("4,312 万 / 1 亿人次") })
        #expect(lines.last == "合计 2 项  按进度 1、有风险 1")
    }

    @Test func jsonHasTheMembersOfAChangeAndCSVTheColumnsOfTheView() throws {
        let (_, json) = try run("status", "-o", "json", "--sector", "tourism")
        #expect(json.count == 1)
        #expect(
            json[0].hasPrefix(
                #"{"plan" : "luoyang-2023", "revision" : 1, "target" : "tourism.visitors", "sequence" : 1, "from" : "on_track""#
            ))
        #expect(json[0].contains(#""asOf" : "2023-06-30T16:00:00Z""#))
        #expect(json[0].contains(#""value" : "43120455""#))
        let (_, csv) = try run("status", "-o", "csv")
        #expect(csv.count == 3)
        #expect(csv.allSatisfy { $0.hasSuffix("\r") })
        #expect(
            csv[2].hasPrefix(
                "luoyang-2023,tourism.visitors,接待游客,Visitors received,tourism,6,at_risk,43120455,"))
        var connection = try database.connect()
        let view = try connection.query(
            """
            select attname::text from pg_attribute
            where attrelid = 'headway.target_status'::regclass and attnum > 0 order by attnum
            """
        ).map { $0.text(0) }
        #expect(csv[0].hasPrefix(view.joined(separator: ",") + ","))
    }

    @Test func oneTargetHasAPage() throws {
        let (_, lines) = try run("status", "tourism.visitors", "--lang", "en")
        let page = lines.joined(separator: "\n")
        #expect(lines[1] == "▲ at risk  since 2023-06-12 08:00")
        #expect(page.contains("43.12 M visits  (43,120,455)"))
        #expect(
            page.contains(
                "84.21 M visits  (84,219,638): where its trajectory's course leads by the deadline")
        )
        #expect(page.contains("off track deserved for 12 h; taken after 1 d"))
        #expect(page.contains("tourism.arrivals: tourism.visitors"))
        #expect(page.contains("Luolong District       410311    30 M visits"))
        #expect(page.contains("69.5%"))
        #expect(
            page.contains(
                "#1  ▲ at risk (was on track)  39 M visits, 44 M expected, pace 88%; new figures"))
        #expect(lines.contains { $0.contains("reached") && $0.contains("▄") })
        let (_, level) = try run("status", "GDP growth", "--lang", "en")
        #expect(level.joined().contains("the latest figure as it is"))
    }

    @Test func aDivisionHasItsShare() throws {
        let (_, lines) = try run("status", "--division", "洛龙区", "--lang", "zh")
        #expect(lines[0] == "洛龙区  410311")
        #expect(
            lines[1].contains("接待游客") && lines[1].contains("3,000 万人次")
                && lines[1].hasSuffix("69.5%"))
        let (_, csv) = try run("status", "--division", "410324,410311", "-o", "csv")
        #expect(
            csv[1]
                == "luoyang-2023,tourism.visitors,410311,洛龙区,Luolong District,30000000,10,0.695725,visits,2023-06-30T16:00:00Z\r"
        )
        #expect(csv.count == 3)
        #expect(throws: UsageFailure.self) { try run("status", "--division", "110000") }
    }

    @Test func watchTellsEachChange() throws {
        let (_, lines) = try run("watch", "--from", "1", "--count", "2", "--lang", "en")
        #expect(
            lines == [
                "2023-06-12 08:00 #1  ▲ at risk (was on track)  Visitors received  39 M visits, 44 M expected, pace 88%; new figures",
                "2023-04-18 10:00 #2  ● on track  GDP growth  7.1%, 7% expected, pace 101%; new figures",
            ])
        let (_, json) = try run("watch", "--from", "2", "--count", "1", "-o", "json")
        #expect(json[0].hasPrefix(#"{"plan":"luoyang-2023","revision":1,"#))
    }
}
