import Aggregates
import Contracts
import Foundation
import Ledger
import Replay
import Status

extension ExplainAccount {
    /// One object with everything. `change` is the published data as it is in the ledger.
    var json: JSONValue {
        get throws {
            let change = try published()
            let sentences = ExplainSentences(account: self, change: change)
            return .object([
                ("plan", .text(recorded.plan)), ("sequence", .integer(recorded.sequence)),
                ("target", .text(recorded.target)), ("name_zh", .text(recorded.nameZh)),
                ("name_en", .text(recorded.nameEn)),
                // It is an object: it was decoded above.
                ("change", .number(recorded.data)),
                ("round", .integer(recorded.round)),
                ("decidedAt", .text(recorded.decidedAt.rfc3339)),
                ("sentences", .texts(sentences.all)),
                (
                    "projectionMethod",
                    .optional(edition?.target.map { $0.projectionMethod.rawValue })
                ),
                ("timers", timers), ("came", came), ("edits", edits), ("recomputed", recomputed),
            ])
        }
    }

    /// Of the machine before the change; null where it was not recomputed.
    private var timers: JSONValue {
        guard let step = result?.step else { return .null }
        func time(_ instant: Instant?) -> JSONValue { .optional(instant?.rfc3339) }
        let rule = step.yardstick.target.rule
        let (since, deserved) = (step.before.since, step.before.candidateSince)
        return .object([
            ("since", time(since)), ("dwellOver", time(since?.adding(rule.dwell))),
            ("candidate", .optional(step.before.candidate?.rawValue)),
            ("candidateSince", time(deserved)),
            ("holdOver", time(deserved?.adding(rule.hold))),
            ("lastInput", time(step.lastInput)),
            ("staleAfter", .optional(rule.staleAfter?.iso8601)),
            ("warnBefore", .optional(rule.warnBefore?.iso8601)),
            ("grace", .text(rule.grace.iso8601)),
        ])
    }

    private var came: JSONValue {
        guard let step = result?.step else { return .null }
        return .list(
            step.news.map { arrival in
                .object([
                    ("hour", .text(arrival.hour.rfc3339)),
                    ("added", .boolean(arrival.kinds.contains(.addition))),
                    ("takenBack", .boolean(arrival.kinds.contains(.takeBack))),
                    ("late", .boolean(arrival.wasOver)),
                    (
                        "value",
                        .optional(
                            arrival.sum.map {
                                Figure.format($0.value, scale: step.metric?.scale ?? 0)
                            })
                    ),
                    ("events", arrival.sum.map { .integer($0.events) } ?? .null),
                    (
                        "readings",
                        .list(
                            arrival.readings.map { reading in
                                .object([
                                    ("period", .text(reading.period)),
                                    ("value", .text(Figure.format(reading.value, scale: 6))),
                                    ("basis", .text(reading.basis.rawValue)),
                                    ("revision", .integer(reading.revision)),
                                    ("publishedAt", .text(reading.publishedAt.rfc3339)),
                                    ("offset", .integer(reading.recordOffset)),
                                ])
                            })
                    ),
                ])
            })
    }

    private var edits: JSONValue {
        guard let step = result?.step else { return .null }
        return .list(
            step.edits.map {
                .object([
                    ("term", .text($0.term)), ("before", .optional($0.before)),
                    ("after", .optional($0.after)),
                ])
            })
    }

    private var recomputed: JSONValue {
        guard let result else { return .object([("result", .text("not_asked"))]) }
        var differences: [ChangeDifference] = []
        var (word, reason): (String, String?) = ("same", nil)
        switch result.outcome {
        case .same: break
        case .differs(let found): (word, differences) = ("differs", found)
        case .impossible(let why): (word, reason) = ("impossible", why)
        }
        let milliseconds =
            elapsed.components.seconds * 1_000
            + elapsed.components.attoseconds / 1_000_000_000_000_000
        return .object([
            ("result", .text(word)), ("reason", .optional(reason)),
            (
                "differences",
                .list(
                    differences.map {
                        .object([
                            ("member", .text($0.member)), ("recorded", .optional($0.recorded)),
                            ("recomputed", .optional($0.recomputed)),
                        ])
                    })
            ),
            ("data", result.data.map { .number($0) } ?? .null),
            ("records", .integer(result.counts.total)), ("folded", .integer(result.counts.folded)),
            ("duplicate", .integer(result.counts.duplicate)),
            ("deadLetter", .integer(result.counts.deadLetter)),
            ("skipped", .integer(result.counts.skipped)), ("milliseconds", .integer(milliseconds)),
        ])
    }
}
