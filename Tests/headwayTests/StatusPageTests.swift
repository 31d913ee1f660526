import Contracts
import Ledger
import Status
import Testing

@testable import headway

/// Pages as they stand on a terminal, to the column.
@Suite struct StatusPageTests {
    private func page(
        _ language: Language, width: Int, colour: Bool = false,
        rows: [TargetStanding] = Standings.all
    ) -> String {
        StatusBoard(language: language, paint: Paint(isOn: colour), width: width).lines(rows)
            .joined(separator: "\n")
    }

    @Test func chineseInEightyColumns() {
        #expect(
            page(.zh, width: 80) == """
                洛阳计划  p
                截至 2023-07-01 00:00 Asia/Shanghai   ┃ 处为按序时进度应达到的位置

                状态     目标                 进度           现值 / 目标值   序时比 始于

                6 文化旅游  3 项: 按进度 1、有风险 1、无数据 1
                ▲ 有风险 接待游客             ████▎┃░░░░ 4,312 万 / 1 亿人次    84% 06-04
                ● 按进度 旅游收入             █████┃░░░░ 479.9 亿 / 900 亿元   104% 06-04
                ? 无数据 省级以上乡村旅游品牌 ░░░░░░░░░┃        - / 5–10 个       - 06-04

                主要预期目标  2 项: 滞后 1、未完成 1
                ▼ 滞后   地区生产总值增速     ███████▉░┃     5.6% / 7%          80% 06-04
                ✘ 未完成 城镇调查失业率       █████████┃    5.75% / ≤ 5.5%      95% 06-04

                4 城市建设  2 项: 已完成 1、未开始 1
                ✔ 已完成 梁卢高速建成通车     ┃█████████        1 / 1          200% 06-04
                · 未开始 零                                     - / 0 户          - 06-04

                合计 7 项  已完成 1、按进度 1、有风险 1、滞后 1、未完成 1、无数据 1、未开始 1
                """)
    }

    @Test func englishInAHundredAndTwentyColumns() {
        #expect(
            page(.en, width: 120) == """
                Luoyang plan  p
                as of 2023-07-01 00:00 Asia/Shanghai   ┃ is where the trajectory stands

                status      target                                    progress          value / goal           pace projected since

                6 Culture and tourism  3: 1 on track, 1 at risk, 1 no data
                ▲ at risk   Visitors received                         ██████░┃░░░░░░  43.12 M / 100 M visits    84%   84.21 M 2023-06-04
                ● on track  Tourism revenue                           ███████┃░░░░░░ 47.99 bn / CNY 90 bn      104%  93.74 bn 2023-06-04
                ? no data   Rural tourism brands at provincial level… ░░░░░░░░░░░░░┃        - / 5–10 brands       -         - 2023-06-04

                Headline targets  2: 1 off track, 1 missed
                ▼ off track GDP growth                                ███████████▏░┃     5.6% / 7%              80%      5.6% 2023-06-04
                ✘ missed    Surveyed unemployment                     █████████████┃    5.75% / ≤ 5.5%          95%     5.75% 2023-06-04

                4 City  2: 1 achieved, 1 pending
                ✔ achieved  Road opened                               ┃█████████████        1 / 1              200%         1 2023-06-04
                · pending   None                                                            - / 0 households      -         - 2023-06-04

                7 targets  1 achieved, 1 on track, 1 at risk, 1 off track, 1 missed, 1 no data, 1 pending
                """)
    }

    /// The bars of all lines stand below each other, and no line is wider than the page.
    @Test(arguments: [60, 80, 100, 120, 160, 200], Language.allCases)
    func linesKeepToTheirColumns(width: Int, language: Language) {
        let lines = StatusBoard(language: language, paint: Paint(isOn: false), width: width)
            .lines(Standings.all)
        let starts = lines.dropFirst(4).compactMap { line in
            line.firstIndex { "┃█░".contains($0) }.map { TextTable.width(String(line[..<$0])) }
        }
        #expect(Set(starts).count == 1, "\(starts)")
        #expect(starts.count == 6)
        let wide = lines.dropFirst(4).filter { line in
            line.contains { "┃█░".contains($0) } && TextTable.width(line) > width
        }
        #expect(wide == [], "\(width)")
    }

    @Test func coloursChangeNothingElse() {
        let painted = page(.zh, width: 100, colour: true)
        #expect(painted.contains("\u{1B}[33m▲ 有风险\u{1B}[0m 接待游客"))
        #expect(painted.contains("\u{1B}[1;31m未完成 1\u{1B}[0m"))
        #expect(painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == page(.zh, width: 100))
    }

    @Test func aChangeIsALine() throws {
        let change = try ChangeLine(
            data: """
                {"plan":"p","revision":1,"target":"tourism.visitors","sequence":42,"from":"on_track","to":"at_risk",
                "cause":"correction","asOf":"2023-06-30T16:00:00Z","watermark":null,"value":"43120455",
                "expected":"49589041","pace":"0.869556","projected":"86956480","goal":{"bound":"at_least",
                "value":"100000000","unit":"visits","deadline":"2023-12-31"},"rule":{},"positions":[]}
                """)
        let zone = Zone(identifier: "Asia/Shanghai")
        let plain = Paint(isOn: false)
        #expect(
            change.text(name: "接待游客", zone: zone, .zh, plain)
                == "2023-07-01 00:00 #42  ▲ 有风险 (原按进度)  接待游客  4,312 万人次,应达 4,958 万,序时比 86%;数据更正")
        #expect(
            change.text(name: "Visitors received", zone: zone, .en, plain)
                == "2023-07-01 00:00 #42  ▲ at risk (was on track)  Visitors received  43.12 M visits, 49.58 M expected, pace 86%; a correction"
        )
        let first = try ChangeLine(
            data: """
                {"plan":"p","sequence":1,"target":"t","from":null,"to":"odd","cause":"clock",
                "asOf":"2023-01-01T00:00:00Z","goal":{"unit":"mu"}}
                """)
        #expect(
            first.text(name: nil, zone: nil, .en, plain)
                == "2023-01-01T00:00:00Z #1  odd  time passing")
    }

    @Test func durationsAreShort() {
        #expect(PlanTime.span(.seconds(0), .en) == "0 d")
        #expect(PlanTime.span(.hours(51), .en) == "2 d 3 h")
        #expect(PlanTime.span(.seconds(3_660), .zh) == "1 小时 1 分")
    }
}
