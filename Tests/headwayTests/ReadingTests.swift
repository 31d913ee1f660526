import Contracts
import Ledger
import Status
import Testing

@testable import headway

@Suite struct ReadableFigureTests {
    @Test(arguments: [
        ("104334566", "visits", "1.043 亿人次", "104.3 M visits"),
        ("99996000", "visits", "9,999 万人次", "99.99 M visits"),
        ("100000000", "visits", "1 亿人次", "100 M visits"),
        ("90000000000", "CNY", "900 亿元", "CNY 90 bn"),
        ("87132403707.76", "CNY", "871.3 亿元", "CNY 87.13 bn"),
        ("1234567890123", "CNY", "1.234 万亿元", "CNY 1.234 tn"),
        ("9999.5", "mu", "9,999 亩", "9,999 mu"),
        ("10000", "persons", "1 万人", "10,000 persons"),
        ("999999", "persons", "99.99 万人", "999,999 persons"),
        ("6.30", "percent", "6.3%", "6.3%"),
        ("-2.0015", "percent", "-2.001%", "-2.001%"),
        ("96.127", "percent", "96.12%", "96.12%"),
        ("0", "households", "0 户", "0 households"),
        ("1", "milestone", "1", "1"),
        ("0.7", "percentage_points", "0.7 个百分点", "0.7 points"),
        ("24", "hours_per_day", "24 小时/天", "24 hours a day"),
        ("3", "odd_unit", "3 odd unit", "3 odd unit"),
        ("1e9", "mu", "1e9 亩", "1e9 mu"),
        (
            "99999999999999999999999999999999999999999", "mu",
            "99,999,999,999,999,999,999,999,999,999 万亿亩",
            "99,999,999,999,999,999,999,999,999,999 tn mu"
        ),
    ])
    func figuresAreCutAndNeverRounded(figure: String, unit: String, zh: String, en: String) {
        #expect(ReadableFigure.full(figure, unit: unit, .zh) == zh)
        #expect(ReadableFigure.full(figure, unit: unit, .en) == en)
    }

    @Test func ratiosAreWholePercentTowardsZero() {
        #expect(ReadableFigure.percent("0.949999") == "94%")
        #expect(ReadableFigure.percent("0.949999", decimals: 1) == "94.9%")
        #expect(ReadableFigure.percent("-0.5") == "-50%")
        #expect(ReadableFigure.percent("1000000") == ">999%")
        #expect(ReadableFigure.percent(nil) == "-")
    }
}

@Suite struct TargetBarTests {
    private let plain = Paint(isOn: false)
    private let letters = Paint(isOn: false, hasBlocks: false)

    @Test func theMarkStandsWhereTheTrajectoryDoes() {
        let behind = TargetBar(value: "43", expected: "51", goal: "100")
        #expect(behind.text(width: 10, plain, nil) == "████▎┃░░░░")
        #expect(behind.text(width: 10, letters, nil) == "####.|....")
        let ahead = TargetBar(value: "120", expected: "60", goal: "100")
        #expect(ahead.text(width: 10, plain, nil) == "██████┃███")
        #expect(
            TargetBar(value: nil, expected: "100", goal: "100").text(width: 4, plain, nil) == "░░░┃"
        )
        #expect(
            TargetBar(value: "1", expected: "0", goal: "0").text(width: 4, plain, nil) == "    ")
        #expect(
            TargetBar(value: "-3", expected: "2", goal: "4").text(width: 4, plain, nil) == "░░┃░")
        #expect(TargetBar(share: "0.25").text(width: 4, plain, nil) == "█░░░")
    }

    @Test func runsOfOneColourArePaintedOnce() {
        let text = TargetBar(value: "50", expected: "75", goal: "100").text(
            width: 4, Paint(isOn: true), .red)
        #expect(text == "\u{1B}[31m██\u{1B}[0m\u{1B}[2m░\u{1B}[0m\u{1B}[1m┃\u{1B}[0m")
    }

    @Test func aCourseHasGapsAndATop() {
        #expect(Sparkline.text([0, 50, nil, 100, 200], top: 100, plain) == "▁▅ ██")
        #expect(Sparkline.text([1], top: 0, plain) == " ")
    }
}

@Suite struct PaintTests {
    @Test func colourIsForTerminalsThatWantIt() {
        #expect(Paint(environment: [:], isTerminal: true).isOn)
        #expect(!Paint(environment: [:], isTerminal: false).isOn)
        #expect(!Paint(environment: ["NO_COLOR": "1"], isTerminal: true).isOn)
        #expect(Paint(environment: ["NO_COLOR": ""], isTerminal: true).isOn)
        let dumb = Paint(environment: ["TERM": "dumb"], isTerminal: true)
        #expect(!dumb.isOn && !dumb.hasBlocks)
        #expect(Paint(isOn: true)("a", .red) == "\u{1B}[31ma\u{1B}[0m")
        #expect(Paint(isOn: false)("a", .red) == "a")
    }

    @Test func thePagesWidthIsGivenOrTheTerminals() {
        #expect(Columns.ofPage(["COLUMNS": "132"], terminal: 80) == 132)
        #expect(Columns.ofPage([:], terminal: 80) == 80)
        #expect(Columns.ofPage([:], terminal: nil) == 100)
        #expect(Columns.ofPage(["COLUMNS": "1"], terminal: nil) == 60)
    }
}

@Suite struct LanguageTests {
    private func language(_ words: [String], _ environment: [String: String] = [:]) throws
        -> Language
    {
        let outcome = try ArgumentParser(commands: [StatusList.command]).parse(
            ["status"] + words, environment: environment
        ) { _ in SettingsFile() }
        guard case .run(_, let invocation) = outcome else { return .en }
        return try Language.chosen(invocation)
    }

    @Test func theFirstThatIsSetDecides() throws {
        #expect(try language([]) == .en)
        #expect(try language([], ["LANG": "zh_CN.UTF-8"]) == .zh)
        #expect(try language([], ["LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"]) == .en)
        #expect(try language([], ["LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en"]) == .zh)
        #expect(try language([], ["HEADWAY_LANG": "en", "LC_ALL": "zh_CN"]) == .en)
        #expect(try language([], ["HEADWAY_LANG": "fr_FR"]) == .en)
        #expect(try language(["--lang", "zh"], ["HEADWAY_LANG": "en"]) == .zh)
        #expect(throws: UsageFailure.self) { try language(["--lang", "fr"]) }
    }

    @Test func everyWordIsThereInBoth() {
        for language in Language.allCases {
            #expect(Set(TargetStatus.allCases.map(language.word)).count == 7)
            #expect(Set(ChangeCause.allCases.map(language.word)).count == 6)
            #expect(Set(TargetContract.Kind.allCases.map(language.word)).count == 5)
            #expect(Set(TargetContract.Bound.allCases.map(language.word)).count == 4)
        }
        #expect(Set(TargetStatus.readingOrder).count == TargetStatus.allCases.count)
        #expect(Set(TargetStatus.allCases.map(\.sign)).count == TargetStatus.allCases.count)
        #expect(TargetStatus.allCases.allSatisfy { TextTable.width($0.sign) == 1 })
    }
}

@Suite struct CSVTextTests {
    @Test func fieldsAreQuotedAsRFC4180() throws {
        #expect(
            CSVText.record(["a", nil, "", "b,c", "d\"e", "f\r\ng", "洛阳"])
                == "a,,,\"b,c\",\"d\"\"e\",\"f\r\ng\",洛阳")
    }
}

@Suite struct StatusFilterTests {
    private func targets(_ change: (inout StatusFilter) -> Void) throws -> [String] {
        var filter = StatusFilter()
        change(&filter)
        return try filter.chosen(Standings.all).map(\.target)
    }

    @Test func allHaveToFit() throws {
        #expect(try targets { _ in }.count == 7)
        #expect(try targets { $0.sectors = ["urban", "economy"] }.count == 4)
        #expect(
            try targets {
                $0.areas = ["headline"]
                $0.statuses = ["missed"]
            } == ["economy.unemployment"])
        #expect(
            try targets {
                $0.areas = ["City"]
                $0.statuses = ["on-track", "已完成"]
            } == ["urban.road"])
        #expect(
            try targets { $0.target = "tourism.r" } == ["tourism.revenue", "tourism.rural-brands"])
        #expect(try targets { $0.target = "接待游客" } == ["tourism.visitors"])
        #expect(
            try targets {
                $0.sectors = ["urban"]
                $0.target = "tourism"
            } == [])
        #expect(StatusFilter.words(["a, b", "c,"]) == ["a", "b", "c"])
    }

    @Test func aWordThatFitsNothingIsRefusedWithAHint() {
        func message(_ change: (inout StatusFilter) -> Void) -> String {
            do {
                _ = try targets(change)
                return ""
            } catch let failure as UsageFailure {
                return failure.message
            } catch { return "\(error)" }
        }
        #expect(
            message { $0.sectors = ["turism"] }
                == "no target has the sector turism; did you mean tourism?")
        #expect(
            message { $0.statuses = ["atrisk"] }
                == "no target has the status atrisk; did you mean at_risk?")
        #expect(
            message { $0.areas = ["99"] }.hasPrefix(
                "no target has the area 99: use one of 4, 6, City"))
        #expect(
            message { $0.target = "tourism.visitor-" }
                == "no judged target begins with tourism.visitor-; did you mean tourism.visitors?")
    }
}
