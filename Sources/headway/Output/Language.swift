import Contracts
import Status

/// `--lang`, and the words that readers see. Words of the wire (`on_track`, `live`) are for
/// machines; these are for people.
extension Language {
    static let option = Option.value(
        "lang", "zh|en", environment: "HEADWAY_LANG",
        "language of names and words (default: LC_ALL, LC_MESSAGES or LANG: Chinese for zh, else English)"
    )

    /// `--lang`, HEADWAY_LANG, LC_ALL, LC_MESSAGES, LANG: the first that is set. Throws
    /// `UsageFailure` where `--lang` itself names another language; an environment that does is
    /// read as English.
    static func chosen(_ invocation: Invocation) throws -> Language {
        if let given = invocation.resolved["lang"], let word = given.values.last {
            let isKnown = ["zh", "en"].contains(String(word.prefix(2)).lowercased())
            guard isKnown || given.origin == .environment else {
                throw UsageFailure(
                    message: "--lang is one of zh, en, not \(word)", command: invocation.words)
            }
            return Language(locale: word)
        }
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"]
        let locale = names.lazy.compactMap { invocation.environment[$0] }.first { !$0.isEmpty }
        return Language(locale: locale ?? "")
    }

    /// A status in words: `at risk`, 有风险.
    func word(_ status: TargetStatus) -> String {
        switch status {
        case .pending: pick(zh: "未开始", en: "pending")
        case .noData: pick(zh: "无数据", en: "no data")
        case .onTrack: pick(zh: "按进度", en: "on track")
        case .atRisk: pick(zh: "有风险", en: "at risk")
        case .offTrack: pick(zh: "滞后", en: "off track")
        case .achieved: pick(zh: "已完成", en: "achieved")
        case .missed: pick(zh: "未完成", en: "missed")
        }
    }

    /// Why a status changed, to stand in brackets.
    func word(_ cause: ChangeCause) -> String {
        switch cause {
        case .live: pick(zh: "新数据", en: "new figures")
        case .late: pick(zh: "迟到数据", en: "late figures")
        case .correction: pick(zh: "数据更正", en: "a correction")
        case .replay: pick(zh: "重新汇总", en: "recomputed figures")
        case .plan: pick(zh: "计划修订", en: "an edit of the plan")
        case .clock: pick(zh: "时间推移", en: "time passing")
        }
    }

    func word(_ kind: TargetContract.Kind) -> String {
        switch kind {
        case .total: pick(zh: "累计", en: "total")
        case .level: pick(zh: "水平", en: "level")
        case .growth: pick(zh: "增速", en: "growth")
        case .delta: pick(zh: "提高", en: "gain")
        case .milestone: pick(zh: "节点", en: "milestone")
        }
    }

    func word(_ bound: TargetContract.Bound) -> String {
        switch bound {
        case .atLeast: pick(zh: "不低于", en: "at least")
        case .atMost: pick(zh: "不超过", en: "at most")
        case .about: pick(zh: "左右", en: "about")
        case .range: pick(zh: "区间", en: "between")
        }
    }
}
