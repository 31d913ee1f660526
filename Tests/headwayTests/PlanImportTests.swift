import Contracts
import Foundation
import Testing

@testable import headway

/// Tables of planning offices, as plans.
@Suite struct PlanImportTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let report =
        root.deletingLastPathComponent().path + "/shared/catalogue/luoyang-2023.json"

    private func catalogue() throws -> Catalogue {
        try Catalogue.load(Self.root.appendingPathComponent("Topics").path)
    }

    private static let head = [
        "plan": "p-2023", "zone": "Asia/Shanghai", "from": "2023-01-01", "until": "2023-12-31",
        "division": "410300",
    ]

    private func make(_ table: String, head: [String: String] = head) throws -> PlanImport.Made {
        let resolved = head.mapValues {
            Invocation.Resolved(values: [$0], origin: .commandLine)
        }
        let invocation = Invocation(
            words: ["plan", "import"], positionals: ["t.csv"], resolved: resolved,
            environment: [:])
        return try PlanImport.make(Data(table.utf8), name: "t.csv", invocation, try catalogue())
    }

    private func problems(_ table: String) throws -> [String] {
        do {
            _ = try make(table)
            return []
        } catch let found as PlanTableProblems {
            return found.problems.map(\.description)
        }
    }

    @Test func aChineseTableAsAnOfficeKeepsIt() throws {
        // A byte order mark, CRLF, quotes, a line break within a cell, an empty row, a column that
        // says nothing.
        let made = try make(
            "\u{FEFF}序号,编号,指标名称,目标值（万人）,截止日期,备注,责任单位\r\n"
                + "1,employment.trained,\"培训,含线上\",9万人以上,6月底前,\"一行\n两行\",人社局\r\n,,,,,,\r\n"
                + "2,employment.helped,帮扶,1.2,,,人社局\r\n")
        let (trained, helped) = (made.plan.targets[0], made.plan.targets[1])
        #expect(trained.nameZh == "培训,含线上" && trained.nameEn == trained.nameZh)
        #expect(Figure.format(trained.value, scale: trained.scale) == "90000")
        #expect(trained.unit == "persons" && trained.bound == .atLeast && trained.kind == .total)
        #expect(trained.deadline.iso == "2023-06-30")
        #expect(Figure.format(helped.value, scale: helped.scale) == "12000")
        #expect(helped.deadline.iso == "2023-12-31" && helped.sector == "employment")
        #expect(made.passedOver == ["责任单位"])
        #expect(made.text.contains("  # Row 2: 9万人以上\n"))
        #expect(made.text.contains("  # 一行 两行\n"))
        #expect(made.text.contains("  # Row 4: 1.2\n"))
        #expect(made.text.contains("# Trajectory: the default of a total, even growth. Think it"))
        #expect(made.plan.place == "4103")
    }

    @Test func anEnglishTableWithTheHeadInColumns() throws {
        let made = try make(
            """
            Name,Sector,Target value,Unit,Due,Fed by,Plan,Timezone,Period start,Period end,Division code,Bound
            Items lent,reading,120000,items,,library.loans,lib,America/New_York,2023-01-01,2023-06-30,900100,
            Fines: taken,finance,"at most 9,000",USD,,library.fines,lib,America/New_York,2023-01-01,2023-06-30,900100,
            Posts vacant,service,6%,,by 31 May 2023,,lib,America/New_York,2023-01-01,2023-06-30,900100,at most

            """, head: [:])
        #expect(made.plan.id == "lib" && made.plan.zone.identifier == "America/New_York")
        #expect(
            made.plan.targets.map(\.id) == [
                "reading.items-lent", "finance.fines-taken", "service.posts-vacant",
            ])
        #expect(
            made.plan.targets[0].source
                == .metric(
                    stream: "library.loans", metric: "library.loans", breakdown: nil, member: nil))
        let fines = made.plan.targets[1]
        #expect(fines.bound == .atMost && fines.value == 900_000 && fines.scale == 2)
        #expect(fines.nameEn == "Fines: taken")
        let vacant = made.plan.targets[2]
        #expect(vacant.kind == .level && vacant.bound == .atMost && vacant.unit == "percent")
        #expect(vacant.deadline.iso == "2023-05-31")
        #expect(
            vacant.source
                == .indicator(stream: "sector.measurements", indicator: "service.posts-vacant"))
        #expect(made.text.contains("its kind was taken from the figure: is it a level?"))
    }

    @Test(arguments: [
        ("9万人以上", "90000", nil, "at_least", "persons"), ("1.05万套", "10500", nil, nil, "套"),
        ("2600亿元", "260000000000", nil, nil, "CNY"), ("5.5%以内", "5.5", nil, "at_most", "percent"),
        ("3—5条", "3", "5", "range", "条"), ("5-10个", "5", "10", "range", "个"),
        ("3万至5万人", "30000", "50000", "range", "persons"),
        ("3—5万人", "30000", "50000", "range", "persons"),
        ("5%~10%", "5", "10", "range", "percent"), ("增长6%左右", "6", nil, "about", "percent"),
        ("6 ± 1 %", "6", nil, "about", "percent"), ("控制在3%左右", "3", nil, "about", "percent"),
        ("不低于20.5万", "205000", nil, "at_least", nil), ("不超过3%", "3", nil, "at_most", "percent"),
        ("超过1亿人次", "100000000", nil, "at_least", "person_times"),
        ("０．７个百分点", "0.7", nil, nil, "percentage_points"), ("-5%", "-5", nil, nil, "percent"),
        ("1,200,000 persons", "1200000", nil, nil, "persons"), ("200平方公里", "200", nil, nil, "km2"),
        ("at least 1.2 million visits", "1200000", nil, "at_least", "visits"),
        ("no more than 9,000 USD", "9000", nil, "at_most", "USD"),
        ("≥ 85 %", "85", nil, "at_least", "percent"),
        ("5千米", "5", nil, nil, "km"), ("3 to 5 schools", "3", "5", "range", "schools"),
        ("90000", "90000", nil, nil, nil),
    ])
    func figuresAsPeopleWriteThem(
        text: String, value: String, valueMax: String?, bound: String?, unit: String?
    ) throws {
        let figure = try WrittenFigure.read(text, unit: nil)
        #expect("\(figure.value)" == value)
        #expect(figure.valueMax.map { "\($0)" } == valueMax)
        #expect(figure.bound?.rawValue == bound)
        #expect(figure.unit?.name == unit)
    }

    @Test(arguments: [
        ("约很多", nil, "`约很多` is no figure; write digits, such as 90000, 9万 or 3.15%"),
        ("下降5%", nil, "`下降5%` is a fall; write the change with its sign"),
        ("10亿元以上项目200个", nil, "has 2 figures; write one, or a range such as 3—5"),
        ("5以上10以内", nil, "has 2 figures"), ("至少5至多", nil, "says both at least and at most"),
        ("5%", "万人", "`5%` is in percent, its unit says persons; correct one of them"),
        ("9万人", "亿元", "is in another unit than the one of its column"),
    ])
    func figuresThatAreNone(text: String, unit: String?, expected: String) {
        do throws(WrittenFigure.Failure) {
            let read = try WrittenFigure.read(text, unit: unit.map(WrittenUnit.init))
            Issue.record("\(text) was read as \(read)")
        } catch {
            #expect("\(error.what); \(error.instead)".contains(expected), "\(error)")
        }
    }

    @Test(arguments: [
        ("2023-06-30", "2023-06-30"), ("2023/6/5", "2023-06-05"), ("2023.6.5", "2023-06-05"),
        ("2023年6月30日", "2023-06-30"), ("2023年2月", "2023-02-28"), ("6月底前", "2023-06-30"),
        ("8月", "2023-08-31"), ("3月15日前", "2023-03-15"), ("上半年", "2023-06-30"),
        ("一季度", "2023-03-31"), ("年底前", "2023-12-31"), ("30 June 2023", "2023-06-30"),
        ("June 30, 2023", "2023-06-30"), ("by end of Feb", "2023-02-28"), ("Q3", "2023-09-30"),
        ("2023-Q2", "2023-06-30"),
    ])
    func daysAsPeopleWriteThem(text: String, expected: String) throws {
        let start = try #require(CivilDate(iso: "2023-01-01"))
        let end = try #require(CivilDate(iso: "2023-12-31"))
        #expect(try WrittenDay.read(text, in: start...end).iso == expected)
    }

    @Test(arguments: [
        (
            "牡丹文化节前", "2023-12-31",
            "is no day; write one from 2023-01-01 to 2023-12-31, as 2023-06-30"
        ),
        ("6/7/2023", "2023-12-31", "may be read in two ways; write the year first"),
        ("45107", "2023-12-31", "is a spreadsheet's number of a day"),
        ("2月30日", "2023-12-31", "the calendar has no day `2月30日`"),
        ("8月", "2024-12-31", "`8月` comes in 2 years of the plan; write the year with it"),
        ("8月", "2023-06-30", "`8月` lies outside the plan's period"),
        ("13月", "2023-12-31", "is no day"),
    ])
    func daysThatAreNone(text: String, end: String, expected: String) throws {
        let start = try #require(CivilDate(iso: "2023-01-01"))
        let end = try #require(CivilDate(iso: end))
        do throws(WrittenDay.Failure) {
            let read = try WrittenDay.read(text, in: start...end)
            Issue.record("\(text) was read as \(read.iso)")
        } catch {
            #expect("\(error.what); \(error.instead)".contains(expected), "\(error)")
        }
    }

    @Test func allProblemsAreToldByRowAndColumn() throws {
        let told = try problems(
            """
            id,name,kind,value,unit,deadline,metric,stream
            a.b,One,total,许多,persons,2023-06-30,,
            ,,totl,5,persons,soon,,
            c.d,Three,total,5,persons,2024-06-30,,
            tourism.visitors,Four,total,5,heads,,tourism.visitor,
            e.f,Five,total,0,persons,,,
            a.b,Six,total,5,,,,
            g.h,Seven,total,5,persons,,,tourism.arrivals
            e.f,Eight,milestone,,,,,
            i.j,Nine,total,5,persons,,,tourism.arrival
            """)
        let expected = [
            "row 2, column D (value): `许多` is no figure; write digits",
            "row 3, column A (id): the target has no id; write one that is kept for ever",
            "row 3, column B (name): the target has no name; write what is promised",
            "row 3, column C (kind): there is no kind `totl`; did you mean `total`?",
            "row 3, column F (deadline): `soon` is no day; write one from 2023-01-01 to 2023-12-31",
            "row 4, column F (deadline): `deadline` is 2024-06-30, outside the plan's period",
            "row 5, column G (metric): there is no metric `tourism.visitor`; did you mean `tourism.visitors`?",
            "row 6, column D (value): a total of 0; write a figure above 0",
            "row 7, column E (unit): the figure has no unit; write one, such as persons",
            "row 8, column G (metric): `tourism.arrivals` is a stream of events and has no metric `g.h`",
            "row 10, column H (stream): there is no stream `tourism.arrival`; did you mean",
        ]
        #expect(told.count == expected.count, "\(told)")
        for (line, start) in zip(told, expected) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test func headersAndHeadsThatAreWrong() throws {
        #expect(
            try problems("id,编号,name,value,unit\na.b,a.b,N,1,x\n")
                == ["row 1, column B (编号): it says the same as column A; keep one of them"])
        #expect(
            try problems("id,name,value,unit\na.b,N,1,000,x\n").first?.hasPrefix(
                "row 2: it has 5 cells, the header 4; put cells that hold commas") == true)
        #expect {
            try make("id,name,value,unit\na.b,N,1,x\n", head: ["plan": "p"])
        } throws: { error in
            (error as? UsageFailure)?.message.hasPrefix(
                "the table does not say --zone (such as Asia/Shanghai), --from") == true
        }
        #expect(throws: CommandFailure.self) { try make("id,name\n") }
        #expect(throws: CommandFailure.self) { try make("") }
    }

    @Test func aSlipBetweenFigureAndWordsIsFound() throws {
        let told = try problems("id,name,value,unit,as written\na.b,N,9000,persons,9万人以上\n")
        #expect(
            told == [
                "row 2, column E (as written): its figure is 90000, that of column C (value) 9000; "
                    + "correct the one that is wrong: is it a slip of 万 or 亿?"
            ])
    }

    /// Nothing is written while something is wrong, and nothing is written over.
    @Test func filesAreWrittenOnceAndWhole() throws {
        let folder = try ScratchFolder()
        let (table, file) = (folder.path + "/t.csv", folder.path + "/p.yaml")
        func run(_ text: String, force: Bool = false) throws -> headway.ExitStatus {
            try text.write(toFile: table, atomically: true, encoding: .utf8)
            var options = Self.head.merging(
                ["to": file, "topics-dir": Self.root.appendingPathComponent("Topics").path]
            ) { first, _ in first }
            if force { options["force"] = "true" }
            let invocation = Invocation(
                words: ["plan", "import"], positionals: [table],
                resolved: options.mapValues { .init(values: [$0], origin: .commandLine) },
                environment: [:])
            return try PlanImport.command.run(
                invocation,
                Surroundings(log: Log(form: .text, least: .error), stop: Stop(), print: { _ in }))
        }
        let good = "id,name,value,unit\na.b,One,1,persons\n"
        #expect(throws: CommandFailure.self) { try run("id,name,value,unit\na.b,One,x,persons\n") }
        #expect(DataDirectory.text(of: file) == nil)
        #expect(try run(good) == .success)
        let written = try #require(DataDirectory.text(of: file))
        #expect {
            try run(good)
        } throws: { error in
            "\(error)" == "\(file) is there already: take another name, or give --force"
        }
        #expect(try run(good.replacing("One", with: "Two"), force: true) == .success)
        #expect(DataDirectory.text(of: file) == written.replacing("One", with: "Two"))
        let streams = try catalogue().streams
        #expect(CatalogueReport.readPlan(file, streams: streams).problems == [])
    }

    /// The repository's own plan as a table is the same plan again.
    @Test func theListingOfAPlanComesBack() throws {
        let plan = try #require(try catalogue().plan("luoyang-2023"))
        var table =
            "id,name_zh,name_en,sector,area,kind,bound,value,value_max,unit,window_start,deadline,stream\n"
        for target in plan.targets {
            let figures = [target.value, target.valueMax].map { value in
                value.map { Figure.format($0, scale: target.scale) } ?? ""
            }
            let cells = [
                target.id, target.nameZh, target.nameEn, target.sector, target.area,
                target.kind.rawValue, target.bound.rawValue, figures[0], figures[1], target.unit,
                target.windowStart.iso, target.deadline.iso, target.source.stream,
            ]
            table += cells.map { "\"\($0)\"" }.joined(separator: ",") + "\r\n"
        }
        let made = try make(table)
        #expect(made.plan.targets.count == plan.targets.count)
        for (target, other) in zip(made.plan.targets, plan.targets) {
            #expect(target.facts == other.facts)
        }
    }

    /// The 182 targets of the report, by its catalogue.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: report), "needs ../shared/catalogue"))
    func theCatalogueIsAPlan() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.report))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let targets = try #require(object["targets"] as? [[String: Any]])
        #expect(targets.count == 182)
        let keys = try #require(targets.first).keys.sorted()
        func cell(_ value: Any?) -> String {
            guard let value, !(value is NSNull) else { return "" }
            return "\"\("\(value)".replacing("\"", with: "\"\""))\""
        }
        let rows = targets.map { target in keys.map { cell(target[$0]) }.joined(separator: ",") }
        let made = try make(([keys.joined(separator: ",")] + rows).joined(separator: "\n"))
        #expect(made.plan.targets.count == 182)
        for (target, written) in zip(made.plan.targets, targets) {
            #expect(target.id == written["id"] as? String)
            #expect(target.kind.rawValue == written["kind"] as? String)
            #expect(target.bound.rawValue == written["bound"] as? String)
            #expect(target.source.stream == written["stream"] as? String)
            #expect(target.deadline.iso == written["deadline"] as? String)
            let value = try #require(written["value"] as? NSNumber).decimalValue
            #expect(Decimal(string: Figure.format(target.value, scale: target.scale)) == value)
        }
        // The words of the promise say the same as the figure, wherever they hold one.
        for written in targets where written["basis"] as? String == "stated" {
            let text = try #require(written["value_as_written"] as? String)
            let figure = try WrittenFigure.read(text, unit: nil)
            #expect(figure.value == (written["value"] as? NSNumber)?.decimalValue, "\(text)")
            #expect((figure.bound ?? .atLeast).rawValue == written["bound"] as? String, "\(text)")
        }
    }
}

extension TargetContract {
    /// What a table says of a target.
    fileprivate var facts: [String] {
        [
            id, nameZh, nameEn, sector, area, kind.rawValue, bound.rawValue,
            Figure.format(value, scale: scale),
            valueMax.map { Figure.format($0, scale: scale) } ?? "", unit, windowStart.iso,
            deadline.iso, source.stream,
        ]
    }
}
