extension TargetContract {
    /// One object of `plan show -o json`: the keys of the report's catalogue, figures as numbers in
    /// base units.
    package var listing: JSONValue {
        .object([
            .init("id", .text(id)),
            .init("name_zh", .text(nameZh)),
            .init("name_en", .text(nameEn)),
            .init("sector", .text(sector)),
            .init("area", .text(area)),
            .init("kind", .text(kind.rawValue)),
            .init("bound", .text(bound.rawValue)),
            .init("value", .number(Figure.format(value, scale: scale))),
            .init("value_max", valueMax.map { .number(Figure.format($0, scale: scale)) } ?? .null),
            .init("unit", .text(unit)),
            .init("value_as_written", valueAsWritten.map { .text($0) } ?? .null),
            .init("basis", .text(basis.rawValue)),
            .init("window_start", .text(windowStart.iso)),
            .init("deadline", .text(deadline.iso)),
            .init("deadline_as_written", deadlineAsWritten.map { .text($0) } ?? .null),
            .init("stream", .text(source.stream)),
        ])
    }

    /// The promise in words: `≥ 100,000,000 visits`, `6 ± 1 percent`, `5 to 10 brands`.
    package var goalText: String {
        func grouped(_ figure: Int64) -> String { Figure.grouped(figure, scale: scale) }
        let figures =
            switch bound {
            case .atLeast: "≥ " + grouped(value)
            case .atMost: "≤ " + grouped(value)
            case .about: grouped(value) + " ± " + grouped(tolerance)
            case .range: grouped(value) + " to " + grouped(valueMax ?? value)
            }
        return unit == "milestone" ? "reached" : figures + " " + unit
    }
}

extension PlanContract {
    /// `plan show -o json`: one object a target, a line each.
    package var jsonLines: String { targets.map { $0.listing.compact + "\n" }.joined() }

    /// `plan show` of a plan that nothing has judged yet: names in the language, words of the file.
    package func table(_ language: Language) -> String {
        var table = TextTable([
            ("TARGET", .left), ("NAME", .left), ("KIND", .left), ("GOAL", .right),
            ("DEADLINE", .left),
            ("TRAJECTORY", .left), ("FED BY", .left),
        ])
        for target in targets {
            let trajectory =
                switch target.trajectory {
                case .linear: "linear"
                case .constant: "constant"
                case .profile(let knots): "profile of \(knots.count)"
                case .steps(let knots): knots.count == 1 ? "due" : "steps of \(knots.count)"
                }
            table.add([
                target.id, language.pick(zh: target.nameZh, en: target.nameEn), target.kind.rawValue, target.goalText,
                target.deadline.iso,
                trajectory, target.source.stream,
            ])
        }
        let period = "\(periodStart.iso) to \(periodEnd.iso)"
        return language.pick(zh: titleZh, en: titleEn) + "\n"
            + "\(id), revision \(revision): \(targets.count) targets, "
            + "\(period), \(zone.identifier)\n\n"
            + table.text
    }
}

extension Figure {
    /// For people: `grouped(425450000, scale: 2)` is "4,254,500".
    package static func grouped(_ value: Int64, scale: Int) -> String {
        let parts = format(value.magnitude, scale: scale)
        let whole = parts.prefix { $0 != "." }
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return (value < 0 ? "-" : "") + grouped + parts.dropFirst(whole.count)
    }

    private static func format(_ magnitude: UInt64, scale: Int) -> String {
        format(Int128(magnitude), scale: scale)
    }
}
