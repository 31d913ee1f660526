import Aggregates
import Contracts
import Replay
import Status

/// A change told in sentences, in the reader's language. Figures are those that were recorded;
/// timers and what came are those of the recomputation, where there is one.
struct ExplainSentences {
    let account: ExplainAccount
    let change: ExplainAccount.Published

    private var language: Language { account.language }
    private var step: ChangeRecomputation.Step? { account.result?.step }
    private var contract: TargetContract? { account.edition?.target }
    private var to: TargetStatus? { TargetStatus(rawValue: change.to) }
    private var from: TargetStatus? { change.from.flatMap(TargetStatus.init) }
    private func figure(_ text: String) -> String { ExplainAccount.grouped(text) }

    var all: [String] {
        [standing, reason, timing, outlook, came].filter { !$0.isEmpty }
    }

    // MARK: Figures

    /// `at least 100,000,000 visits by 2023-12-31`.
    var goal: String {
        let goal = change.goal
        let bound = TargetContract.Bound(rawValue: goal.bound).map(language.word) ?? goal.bound
        var value = figure(goal.value)
        if let upper = goal.value_max { value += "..\(figure(upper))" }
        if let tolerance = goal.tolerance { value += " ±\(figure(tolerance))" }
        return language.pick(
            zh: "\(goal.deadline) 前\(bound) \(value) \(goal.unit)",
            en: "\(bound) \(value) \(goal.unit) by \(goal.deadline)")
    }

    /// What part of the goal is expected by then.
    var share: String {
        guard let target = contract, target.value != 0, let step else { return "" }
        let share = step.yardstick.share(at: step.assessment.asOf, coveredTo: step.coveredTo)
        let part = share.of(100_000_000)
        let percent = Figure.format(part, scale: 6)
        return language.pick(zh: "目标的 \(percent) %", en: "\(percent) % of the goal")
    }

    /// How the projection is made.
    var method: String {
        switch contract?.projectionMethod {
        case .seasonalRunRate:
            language.pick(zh: "数值 ÷ 应完成比例", en: "value / share of the goal that is due")
        case .latestFigure: language.pick(zh: "最新数值", en: "the latest figure, as it stands")
        case .count: language.pick(zh: "已完成数", en: "the count, as it stands")
        case nil: ""
        }
    }

    /// Limits that are no part of what is published.
    var otherTimers: String {
        guard let rule = contract?.rule else { return "" }
        var words: [String] = []
        if let stale = rule.staleAfter {
            words.append("stale after \(ExplainAccount.words(stale))")
        }
        if let warning = rule.warnBefore {
            words.append("warns \(ExplainAccount.words(warning)) before its date")
        }
        if rule.grace > .zero { words.append("grace \(ExplainAccount.words(rule.grace))") }
        return words.joined(separator: ", ")
    }

    // MARK: Sentences

    /// What was counted, and what should have been.
    private var standing: String {
        guard let value = change.value else { return "" }
        let (counted, unit) = (figure(value), change.goal.unit)
        let expected = figure(change.expected)
        if let covered = step?.coveredTo, contract?.kind != .milestone,
            let asOf = step?.assessment.asOf, covered <= asOf
        {
            // The instant after the last day that is told of.
            let day = String(account.clock(covered.adding(.seconds(-1))).prefix(10))
            return language.pick(
                zh: "最新公布的数值(截至 \(day))为 \(counted) \(unit);按计划到该日应为 \(expected)。",
                en: "The latest published figure, up to \(day), was \(counted) \(unit); "
                    + "by that day the plan expected \(expected).")
        }
        guard contract?.kind == .total else {
            return language.pick(
                zh: "当时为 \(counted) \(unit);按计划应为 \(expected)。",
                en: "By then it stood at \(counted) \(unit); the plan expected \(expected).")
        }
        return language.pick(
            zh: "截至当时共计 \(counted) \(unit);按计划应为 \(expected)。",
            en: "By then \(counted) \(unit) had been counted; the plan expected \(expected).")
    }

    /// Why the status fits the figures.
    private var reason: String {
        switch to {
        case .pending:
            let start = contract?.windowStart.iso ?? ""
            return language.pick(
                zh: "计划期自 \(start) 开始,之前不作评判。",
                en: "Its window begins on \(start); nothing is judged before.")
        case .noData: return silence
        case .achieved:
            return language.pick(
                zh: "目标(\(goal))已达到。", en: "So the goal is met: \(goal).")
        case .missed:
            return language.pick(
                zh: "期限已过,目标(\(goal))未达到。",
                en: "The deadline has passed and the goal is not met: \(goal).")
        case .onTrack, .atRisk, .offTrack: return paceReason
        case nil: return ""
        }
    }

    private var silence: String {
        if let step, step.after.status == .noData, let since = step.after.candidateSince,
            let candidate = step.after.candidate
        {
            let hold = step.yardstick.target.rule.hold
            let (word, end) = (language.word(candidate), account.clock(since.adding(hold)))
            return language.pick(
                zh: "按现有数据应为\(word),但须持续 \(ExplainAccount.words(hold))(至 \(end))方可生效,此前为无数据。",
                en: "What there is deserves \(word), which is taken when it has been deserved for "
                    + "\(ExplainAccount.words(hold)), on \(end); until then there is no verdict.")
        }
        guard change.value != nil, let step, let last = step.lastInput,
            let stale = contract?.rule.staleAfter
        else {
            return language.pick(
                zh: "尚无任何可评判的数据。", en: "Nothing to judge by had come yet.")
        }
        let limit = ExplainAccount.words(stale)
        return language.pick(
            zh: "自 \(account.clock(last)) 起再无数据,超过 \(limit) 的时限。",
            en: "Nothing has come since \(account.clock(last)), which is longer than \(limit).")
    }

    private var paceReason: String {
        if case .nearing? = step?.assessment.verdict, to == .atRisk,
            let warning = contract?.rule.warnBefore
        {
            let days = ExplainAccount.words(warning)
            return language.pick(
                zh: "距期限 \(change.goal.deadline) 不足 \(days),目标(\(goal))尚未达到。",
                en: "Its date is less than \(days) away and the goal is not met: \(goal).")
        }
        guard let pace = change.pace else { return "" }
        let rule = change.rule
        let (atRisk, offTrack) = (rule.at_risk_below, rule.off_track_below)
        return language.pick(
            zh: "进度为 \(pace)(1 即与计划相符);低于 \(atRisk) 为有风险,低于 \(offTrack) 为滞后,"
                + "回到 \(rule.recover_above) 以上为恢复。",
            en: "That is a pace of \(pace), where 1 is as planned: below \(atRisk) is at risk, "
                + "below \(offTrack) off track, and \(rule.recover_above) is needed to recover.")
    }

    /// Which timers had to be over, and when they were.
    private var timing: String {
        guard let severity = to?.severity else { return "" }
        guard let step else { return "" }
        let rule = step.yardstick.target.rule
        let worse = over(
            language.pick(
                zh: "自 \(account.clock(deservedSince(step))) 起一直应为更差状态",
                en: "Worse was deserved without a break since \(account.clock(deservedSince(step)))"
            ),
            "hold", rule.hold, deservedSince(step))
        guard let old = from?.severity, let since = step.before.since else {
            let isHeld = severity > 0 && step.before.candidateSince != nil
            return isHeld
                ? worse + language.pick(zh: "。", en: ".")
                : language.pick(
                    zh: "此前没有按进度评判的状态,因此立即生效。",
                    en: "There was no status by pace before it, so it was taken at once.")
        }
        var parts = severity > old ? [worse] : []
        parts.append(
            over(
                language.pick(
                    zh: "原状态始于 \(account.clock(since))",
                    en: "the status before dates from \(account.clock(since))"),
                "dwell", rule.dwell, since))
        let text = parts.joined(separator: language.pick(zh: ";", en: "; "))
        return text.prefix(1).uppercased() + text.dropFirst() + language.pick(zh: "。", en: ".")
    }

    private func deservedSince(_ step: ChangeRecomputation.Step) -> Instant {
        step.before.candidateSince ?? step.assessment.asOf
    }

    private func over(
        _ text: String, _ timer: String, _ length: Duration, _ since: Instant
    ) -> String {
        guard length > .zero else { return text }
        let (words, end) = (
            ExplainAccount.words(length), account.clock(since.adding(length))
        )
        return language.pick(
            zh: "\(text),\(timer) \(words) 至 \(end) 已满",
            en: "\(text), so the \(timer) of \(words) was over on \(end)")
    }

    /// Where it leads.
    private var outlook: String {
        guard let projected = change.projected, to?.severity != nil else { return "" }
        guard contract?.projectionMethod == .seasonalRunRate else { return "" }
        let end = figure(projected)
        return language.pick(
            zh: "照此下去,到期时将为 \(end)(目标:\(goal))。",
            en: "If it goes on so, it ends at \(end); the goal is \(goal).")
    }

    // MARK: What came

    private var came: String {
        guard let step else { return "" }
        let since = step.previousAsOf.map { account.clock($0) }
        let opening =
            since.map {
                language.pick(zh: "自上次评判(\($0))以来:", en: "Since the judge's round of \($0): ")
            } ?? language.pick(zh: "首次评判:", en: "At its first round: ")
        var parts = readings(step) + hours(step)
        if ChangeCause(rawValue: change.cause) == .plan {
            parts += step.edits.map { "\($0.term) \($0.before ?? "-") -> \($0.after ?? "-")" }
        }
        if parts.isEmpty {
            parts = [language.pick(zh: "没有新数据,只是时间推移", en: "nothing came, time alone did it")]
        }
        return opening + parts.joined(separator: language.pick(zh: ";", en: "; "))
            + language.pick(zh: "。", en: ".")
    }

    private func hours(_ step: ChangeRecomputation.Step) -> [String] {
        guard contract?.isFedByEvents ?? false else { return [] }
        let taken = step.news.filter { $0.kinds.contains(.takeBack) }
        let added = step.news.filter { !$0.kinds.contains(.takeBack) }
        return [
            hours(added.filter { !$0.wasOver }, language.pick(zh: "新数据", en: "new figures"), step),
            hours(
                added.filter(\.wasOver), language.pick(zh: "迟到数据", en: "late figures"), step),
            hours(
                taken, language.pick(zh: "更正或撤回", en: "figures corrected or taken back"), step),
        ].compactMap { $0 }
    }

    private func hours(
        _ arrivals: [ChangeRecomputation.Arrival], _ what: String, _ step: ChangeRecomputation.Step
    ) -> String? {
        guard let first = arrivals.first, let last = arrivals.last else { return nil }
        let sum = arrivals.compactMap(\.sum?.value).reduce(0, +)
        let amount =
            (sum < 0 ? "" : "+") + figure(Figure.format(sum, scale: step.metric?.scale ?? 0))
        let unit = step.metric?.unit ?? change.goal.unit
        let span =
            arrivals.count == 1
            ? account.clock(first.hour)
            : language.pick(
                zh: "\(account.clock(first.hour)) 至 \(account.clock(last.hour))",
                en: "\(account.clock(first.hour)) to \(account.clock(last.hour))")
        return language.pick(
            zh: "\(what) \(arrivals.count) 个小时(\(span)),\(amount) \(unit)",
            en: "\(what) of \(arrivals.count) \(arrivals.count == 1 ? "hour" : "hours") "
                + "(\(span)), \(amount) \(unit)")
    }

    private func readings(_ step: ChangeRecomputation.Step) -> [String] {
        let readings = step.news.flatMap(\.readings)
        let shown = readings.suffix(6).map { reading in
            let value = ExplainAccount.reading(reading.value)
            let revision = reading.revision > 0 ? " (revision \(reading.revision))" : ""
            let published = account.clock(reading.publishedAt)
            return language.pick(
                zh: "\(reading.period) 的数值 \(value)\(revision),\(published) 公布",
                en: "the figure of \(reading.period), \(value)\(revision), published \(published)")
        }
        let left = readings.count - shown.count
        return
            (left > 0 ? [language.pick(zh: "另有 \(left) 个数值", en: "\(left) earlier figures")] : [])
            + shown
    }
}

extension TargetContract {
    fileprivate var isFedByEvents: Bool {
        if case .metric = source { true } else { false }
    }
}
