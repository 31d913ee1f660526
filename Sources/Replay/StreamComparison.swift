internal import Aggregates
package import Contracts
internal import Ledger

/// One invariant and whether it holds.
package struct InvariantFinding: Sendable, Equatable {
    /// A stable name, for example `hours_equal_log`.
    package var invariant: String
    package var ok: Bool
    /// How many things were compared.
    package var checked: Int64
    /// What about: the stream or the plan, and the first difference.
    package var detail: String

    package init(invariant: String, ok: Bool, checked: Int64, detail: String) {
        self.invariant = invariant
        self.ok = ok
        self.checked = checked
        self.detail = detail
    }
}

/// Compares what the ledger holds of a stream with a second fold of its log.
package enum StreamComparison {
    package static func findings(
        of contract: StreamContract, ledger: LedgerFigures, log: SecondFigures
    ) -> [InvariantFinding] {
        let stream = contract.name
        if let gone = ledger.positions.first(where: {
            $0.nextOffset > 0 && log.firstOffsets[$0.id, default: 0] > 0
        }) {
            let first = log.firstOffsets[gone.id, default: 0]
            return [
                InvariantFinding(
                    invariant: "log_is_whole", ok: false, checked: Int64(ledger.positions.count),
                    detail:
                        "\(stream)/\(gone.partition): the log begins at offset \(first), what was before cannot be compared"
                )
            ]
        }
        var findings = [reach(stream, ledger, log), outcomes(stream, ledger, log)]
        switch contract.kind {
        case .events:
            findings.append(cells("hours_equal_log", stream, ledger.hours, log.hours))
            findings.append(cells("days_equal_log", stream, ledger.days, log.days))
        case .measurements:
            findings.append(
                compare("measurements_equal_log", stream, ledger.measurements, readings(log)))
        }
        let putAside = ["rejected", "quarantined"]
        findings.append(
            compare(
                "dead_letters_equal_log", stream,
                ledger.deadLetters.filter { !putAside.contains($0.value) },
                log.deadLetters))
        return findings
    }

    /// The log reaches as far as the ledger's positions.
    private static func reach(_ stream: String, _ ledger: LedgerFigures, _ log: SecondFigures)
        -> InvariantFinding
    {
        let short = ledger.positions.first { log.short[$0.id] != nil }
        let detail = short.map {
            "\(stream)/\($0.partition): the log ends at \(log.short[$0.id] ?? 0), the ledger is at \($0.nextOffset)"
        }
        return InvariantFinding(
            invariant: "log_is_whole", ok: short == nil, checked: Int64(ledger.positions.count),
            detail: detail ?? stream)
    }

    /// Each record passed is exactly one of folded, duplicate, dead letter, skipped.
    private static func outcomes(
        _ stream: String, _ ledger: LedgerFigures, _ log: SecondFigures
    ) -> InvariantFinding {
        var checked: Int64 = 0
        for position in ledger.positions {
            let expected = log.counts[position.id] ?? OutcomeCounts()
            checked += expected.total
            guard position.counts != expected else { continue }
            let detail =
                "\(stream)/\(position.partition) up to \(position.nextOffset): ledger \(text(position.counts)), "
                + "log \(text(expected))"
            return InvariantFinding(
                invariant: "counts_equal_log", ok: false, checked: checked, detail: detail)
        }
        return InvariantFinding(
            invariant: "counts_equal_log", ok: true, checked: checked, detail: stream)
    }

    private static func text(_ counts: OutcomeCounts) -> String {
        "folded \(counts.folded) duplicate \(counts.duplicate) dead \(counts.deadLetter) skipped \(counts.skipped)"
    }

    private static func cells(
        _ invariant: String, _ stream: String, _ ledger: [SecondFigures.Cell: SecondFigures.Sum],
        _ log: [SecondFigures.Cell: SecondFigures.Sum]
    ) -> InvariantFinding {
        // A cell that came to nothing may have a row or none.
        let found = compare(
            invariant, stream, ledger.filter { !$0.value.isNothing },
            log.filter { !$0.value.isNothing })
        return found
    }

    private static func readings(_ log: SecondFigures) -> [SecondFigures.Place: String] {
        log.measurements.mapValues { row in
            [
                row.indicator, String(row.division), row.period, row.basis.rawValue,
                String(row.revision),
                String(row.value), String(row.publishedAt),
            ].joined(separator: " ")
        }
    }

    private static func compare<Key: Hashable, Value: Equatable>(
        _ invariant: String, _ stream: String, _ ledger: [Key: Value], _ log: [Key: Value]
    ) -> InvariantFinding {
        var different: Int64 = 0
        var first: String?
        for (key, value) in log where ledger[key] != value {
            different += 1
            first =
                first ?? "\(key): ledger \(ledger[key].map { "\($0)" } ?? "nothing"), log \(value)"
        }
        for (key, value) in ledger where log[key] == nil {
            different += 1
            first = first ?? "\(key): ledger \(value), log nothing"
        }
        return InvariantFinding(
            invariant: invariant, ok: different == 0, checked: Int64(log.count),
            detail: first.map { "\(stream): \(different) differ, first \($0)" } ?? stream)
    }
}
