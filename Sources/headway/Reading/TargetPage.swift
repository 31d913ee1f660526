import Contracts
import Ledger
import Status

/// `headway status TARGET`: everything about one target.
struct TargetPage {
    var language: Language
    var paint: Paint
    var width: Int
    var standing: TargetStanding
    var divisions: [DivisionStanding] = []
    /// Values at `instants(_:)`, or none.
    var course: [Double?] = []
    var changes: [ChangeLine] = []

    /// Where the chart's columns stand: ends of so many equal parts of the target's window.
    static func instants(_ standing: TargetStanding, columns: Int) -> [Instant] {
        guard let target = standing.contract, let zone = standing.zone, columns > 0 else {
            return []
        }
        let trajectory = Trajectory(target, zone: zone)
        let from = trajectory.start.microseconds
        let span = trajectory.end.microseconds - from
        return (1...columns).map {
            Instant(microseconds: from + span / Int64(columns) * Int64($0))
        }
    }

    static func chartColumns(_ width: Int) -> Int { max(24, min(72, width - 28)) }

    var lines: [String] {
        let row = standing
        let id = row.target + "  " + row.plan + "  " + (row.areaName(language) ?? row.area)
        let since = PlanTime.minute(row.instant("since"), row.zone)
        var lines = [
            paint(row.name(language), .bold) + "  " + paint(id, .dim),
            paint(StatusBoard.statusText(row, language), row.status?.ink)
                + language.pick(zh: "  自 \(since)", en: "  since \(since)"), "",
        ]
        lines += labelled(figures + terms + timers)
        let chart = chart
        if !chart.isEmpty { lines += [""] + chart }
        if !divisions.isEmpty {
            lines += ["", paint(language.pick(zh: "各县区", en: "By division"), .bold)]
            lines += DivisionBoard(language: language, paint: paint, width: width)
                .lines(ofTarget: divisions)
        }
        if !changes.isEmpty {
            lines += ["", paint(language.pick(zh: "最近变化", en: "Latest changes"), .bold)]
            lines += changes.map { "  " + $0.text(name: nil, zone: row.zone, language, paint) }
        }
        return lines.map(Columns.trimmed)
    }

    private func labelled(_ pairs: [(label: String, text: String)]) -> [String] {
        let label = Columns.widest(pairs.map(\.label))
        return pairs.map { "  " + paint(Columns.left($0.label, label), .dim) + "  " + $0.text }
    }

    private func both(_ column: String) -> String {
        guard let exact = standing[column] else { return "-" }
        let unit = standing["unit"] ?? ""
        let shown = ReadableFigure.full(exact, unit: unit, language)
        let digits = ReadableFigure(exact)?.exact ?? exact
        return shown.contains(digits) ? shown : shown + paint("  (\(digits))", .dim)
    }

    private var figures: [(label: String, text: String)] {
        let row = standing
        let bar = TargetBar(
            value: row["value"], expected: row["expected"], goal: row["goal"] ?? "0")
        let deadline = row["deadline"] ?? ""
        let kind = TargetContract.Kind(rawValue: row["kind"] ?? "").map(language.word) ?? ""
        return [
            (language.pick(zh: "进度", en: "progress"), bar.text(width: 30, paint, row.status?.ink)),
            (language.pick(zh: "现值", en: "value"), both("value")),
            (language.pick(zh: "应达", en: "expected"), both("expected")),
            (
                language.pick(zh: "目标", en: "goal"),
                StatusBoard.goal(row, language)
                    + language.pick(zh: ",截止 \(deadline)(\(kind))", en: " by \(deadline) (\(kind))")
            ),
            (
                language.pick(zh: "序时比", en: "pace"),
                ReadableFigure.percent(row["pace"], decimals: 1)
            ),
            (
                language.pick(zh: "预计", en: "projected"),
                row["projected"] == nil ? "-" : both("projected") + ": " + method
            ),
            (
                language.pick(zh: "评估于", en: "judged"),
                PlanTime.minute(row.instant("as_of"), row.zone) + " " + (row.zone?.identifier ?? "")
            ),
        ]
    }

    private var method: String {
        switch ProjectionMethod(rawValue: standing["projection_method"] ?? "") {
        case .seasonalRunRate:
            language.pick(
                zh: "按目标自身序时进度外推至期末", en: "where its trajectory's course leads by the deadline")
        case .latestFigure: language.pick(zh: "最新公布值", en: "the latest figure as it is")
        case .count: language.pick(zh: "已完成数", en: "the count as it is")
        case nil: standing["projection_method"] ?? ""
        }
    }

    private var terms: [(label: String, text: String)] {
        guard let target = standing.contract else { return [] }
        let rule = target.rule
        func percent(_ millionths: Int64) -> String {
            ReadableFigure.percent(Figure.format(millionths, scale: 6), decimals: 1)
        }
        func span(_ duration: Duration) -> String { PlanTime.span(duration, language) }
        let at = (
            percent(rule.atRiskBelow), percent(rule.offTrackBelow), percent(rule.recoverAbove)
        )
        var rules = [
            language.pick(
                zh: "序时比低于 \(at.0) 有风险,低于 \(at.1) 滞后,达到 \(at.2) 恢复",
                en: "at risk below \(at.0), off track below \(at.1), on track again from \(at.2)"),
            language.pick(
                zh: "变差须持续 \(span(rule.hold)),每个状态至少保持 \(span(rule.dwell))",
                en: "worse once deserved for \(span(rule.hold)), each kept for \(span(rule.dwell))"),
        ]
        if let stale = rule.staleAfter {
            rules.append(
                language.pick(
                    zh: "\(span(stale)) 无新数据则为无数据", en: "no data after \(span(stale)) of silence"))
        }
        if let warning = rule.warnBefore {
            rules.append(
                language.pick(
                    zh: "期限前 \(span(warning)) 预警", en: "warned of \(span(warning)) before its date")
            )
        }
        if rule.grace > .zero {
            rules.append(
                language.pick(
                    zh: "期满后宽限 \(span(rule.grace))", en: "\(span(rule.grace)) of grace after it"))
        }
        let ruleLabel = language.pick(zh: "规则", en: "rule")
        let fed: String =
            switch target.source {
            case .metric(let stream, let metric, let breakdown, let member):
                "\(stream): \(metric)" + (breakdown.map { ", \($0) \(member ?? "")" } ?? "")
            case .indicator(let stream, let indicator): "\(stream): \(indicator)"
            }
        return rules.enumerated().map { ($0.offset == 0 ? ruleLabel : "", $0.element) }
            + [(language.pick(zh: "数据源", en: "fed by"), fed)]
    }

    private var timers: [(label: String, text: String)] {
        guard let word = standing["candidate"], let status = TargetStatus(rawValue: word),
            let since = standing.instant("candidate_since")
        else { return [] }
        let held = standing.instant("as_of").map {
            Duration.microseconds($0.microseconds - since.microseconds)
        }
        let needed = standing.contract?.rule.hold ?? .zero
        let (passed, all) = (
            PlanTime.span(held ?? .zero, language), PlanTime.span(needed, language)
        )
        let text = language.pick(
            zh: "已应为\(language.word(status)) \(passed),满 \(all) 后生效",
            en: "\(language.word(status)) deserved for \(passed); taken after \(all)")
        return [(language.pick(zh: "计时", en: "timer"), text)]
    }

    /// Two lines of the window: what was reached up to now, and what is expected up to the end.
    private var chart: [String] {
        guard let target = standing.contract, let zone = standing.zone else { return [] }
        let instants = TargetPage.instants(standing, columns: TargetPage.chartColumns(width))
        let trajectory = Trajectory(target, zone: zone)
        let goal = Double(standing["goal"] ?? "") ?? 0
        let expected: [Double?] = instants.map { instant in
            let share = trajectory.share(at: instant)
            return goal * Double(share.numerator) / Double(share.denominator)
        }
        let now = standing.instant("as_of") ?? trajectory.start
        let step = instants.count > 1 ? instants[1].microseconds - instants[0].microseconds : 0
        let known = zip(instants, course).map { instant, value in
            // A column is drawn once its part of the window has begun.
            instant.microseconds - step < now.microseconds ? value : nil
        }
        let top = ([goal] + known.compactMap { $0 }).max() ?? goal
        let labels = [
            language.pick(zh: "实际", en: "reached"), language.pick(zh: "应达", en: "expected"),
        ]
        let width = Columns.widest(labels)
        var lines: [String] = []
        if !known.isEmpty {
            lines.append(
                "  " + paint(Columns.left(labels[0], width), .dim) + "  "
                    + paint(Sparkline.text(known, top: top, paint), standing.status?.ink))
        }
        lines.append(
            "  " + paint(Columns.left(labels[1], width), .dim) + "  "
                + Sparkline.text(expected, top: top, paint))
        let days = [target.windowStart.iso, target.deadline.iso]
        let gap = max(1, instants.count - days[0].count - days[1].count)
        lines.append(
            "  " + String(repeating: " ", count: width + 2)
                + paint(days.joined(separator: String(repeating: " ", count: gap)), .dim))
        return lines
    }
}
