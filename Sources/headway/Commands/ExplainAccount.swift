import Contracts
import Foundation
import Ledger
import Replay
import Status

/// What `explain` tells of one change, for people and as JSON.
struct ExplainAccount {
    /// The published `data`, as far as it is told.
    struct Published: Decodable {
        struct Goal: Decodable {
            var bound: String
            var value: String
            var value_max: String?
            var tolerance: String?
            var unit: String
            var deadline: String
        }

        struct Rule: Decodable {
            var at_risk_below: String
            var off_track_below: String
            var recover_above: String
            var hold: String
            var dwell: String
        }

        struct Position: Decodable {
            var topic: String
            var partition: Int32
            var offset: Int64
            var generation: Int32
        }

        var revision: Int
        var from: String?
        var to: String
        var cause: String
        var asOf: String
        var watermark: String?
        var value: String?
        var expected: String
        var pace: String?
        var projected: String?
        var goal: Goal
        var rule: Rule
        var positions: [Position]
        var previousSequence: Int64?
    }

    var recorded: RecordedChange
    var language: Language
    /// Nil where nothing was recomputed.
    var result: ChangeReplay.Result?
    var elapsed: Duration = .zero

    init(recorded: RecordedChange, language: Language) {
        self.recorded = recorded
        self.language = language
    }

    /// Throws where the ledger's text is none that could have been published.
    func published() throws -> Published {
        do {
            return try JSONDecoder().decode(Published.self, from: Data(recorded.data.utf8))
        } catch {
            throw CommandFailure(
                "the data of \(recorded.plan)/\(recorded.sequence) in the ledger is no status change"
            )
        }
    }

    /// What the target was judged by.
    var edition: ChangeRecomputation.Edition? {
        recorded.editions.last { $0.sinceRound <= recorded.round } ?? recorded.editions.first
    }

    var name: String { language.pick(zh: recorded.nameZh, en: recorded.nameEn) }

    /// The plan zone's clock: `2023-07-01 00:00`.
    func clock(_ instant: Instant) -> String {
        let offset = edition.map { Int64($0.zone.offset(at: instant)) } ?? 0
        let local = instant.adding(.seconds(offset)).rfc3339
        return String(local.prefix(16)).replacing("T", with: " ")
    }

    func clock(_ rfc3339: String) -> String {
        Instant(rfc3339: rfc3339).map { clock($0) } ?? rfc3339
    }

    /// `86956480.5` as `86,956,480.5`.
    static func grouped(_ figure: String) -> String {
        let whole = figure.prefix { $0 != "." }
        guard let value = Int64(whole), value != 0 else { return figure }
        return headway.grouped(value) + figure.dropFirst(whole.count)
    }

    /// `3 d`, `6 h`, `1 d 12 h`.
    static func words(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ].filter { $0.0 > 0 }
        return parts.isEmpty ? "0 d" : parts.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    static func words(iso8601 text: String) -> String {
        Duration(iso8601: text).map { words($0) } ?? text
    }

    /// A reading's value, in millionths.
    static func reading(_ value: Int64) -> String { grouped(Figure.format(value, scale: 6)) }

    // MARK: Text

    /// Several lines, without the last one's end.
    var text: String {
        get throws {
            let change = try published()
            let sentences = ExplainSentences(account: self, change: change)
            let (from, to) = (
                change.from.map(status) ?? language.pick(zh: "新", en: "new"), status(change.to)
            )
            let cause = ChangeCause(rawValue: change.cause).map(language.word) ?? change.cause
            var lines = [
                "\(recorded.plan)/\(recorded.sequence)  \(recorded.target)  \(name)",
                "\(clock(change.asOf)) \(edition?.zone.identifier ?? "UTC"): \(from) -> \(to) (\(cause))",
                "",
            ]
            lines += sentences.all.map { "  " + $0 }
            lines.append("")
            var table = TextTable([("", .left), ("", .left), ("", .left)])
            for row in figures(change, sentences) { table.add(["  " + row[0], row[1], row[2]]) }
            lines += table.text.split(separator: "\n").map(String.init).drop { $0.isEmpty }
            lines += outcome
            return lines.joined(separator: "\n")
        }
    }

    private func status(_ word: String) -> String {
        TargetStatus(rawValue: word).map(language.word) ?? word
    }

    private func figures(_ change: Published, _ sentences: ExplainSentences) -> [[String]] {
        let figure = Self.grouped
        let (goal, rule) = (change.goal, change.rule)
        let none = language.pick(zh: "无", en: "none")
        var rows = [
            [
                "value", change.value.map(figure) ?? none,
                "\(goal.unit), \(language.pick(zh: "截至", en: "as of")) \(change.asOf)",
            ],
            ["expected", figure(change.expected), sentences.share],
            [
                "pace", change.pace ?? none,
                "at_risk < \(rule.at_risk_below), off_track < \(rule.off_track_below), "
                    + "recover >= \(rule.recover_above)",
            ],
            ["projected", change.projected.map(figure) ?? none, sentences.method],
            ["goal", sentences.goal, ""],
            [
                "timers",
                "hold \(Self.words(iso8601: rule.hold)), dwell \(Self.words(iso8601: rule.dwell))",
                sentences.otherTimers,
            ],
            ["cause", change.cause, ""],
            ["watermark", change.watermark ?? none, ""],
            [
                "plan", "revision \(change.revision)",
                "round \(recorded.round), decided \(recorded.decidedAt.rfc3339)",
            ],
            ["before", change.previousSequence.map { "\(recorded.plan)/\($0)" } ?? none, ""],
        ]
        for (index, position) in change.positions.enumerated() {
            rows.append([
                index == 0 ? "positions" : "", "\(position.topic)/\(position.partition)",
                "\(headway.grouped(position.offset)), generation \(position.generation)",
            ])
        }
        return rows
    }

    private var outcome: [String] {
        guard let result else { return [] }
        let counts = result.counts
        let seconds =
            Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let read =
            "\(headway.grouped(counts.total)) records read in \(String(format: "%.1f", seconds)) s: "
            + "\(headway.grouped(counts.folded)) counted, \(headway.grouped(counts.duplicate)) duplicates, "
            + "\(headway.grouped(counts.deadLetter)) dead letters, \(headway.grouped(counts.skipped)) skipped"
        switch result.outcome {
        case .same: return ["", "same  (recomputed from the log, to the byte; \(read))"]
        case .impossible: return []
        case .differs(let differences):
            var table = TextTable([
                ("  member", .left), ("recorded", .left), ("recomputed", .left),
            ])
            for each in differences {
                table.add(["  " + each.member, each.recorded ?? "-", each.recomputed ?? "-"])
            }
            return ["", "DIFFERS from what follows from the log  (\(read))"]
                + table.text.split(separator: "\n").map(String.init)
        }
    }
}
