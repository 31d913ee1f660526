extension TargetDoubts {
    /// What is counted by ones: a fraction of it is a slip.
    private static let counted: Set<String> = [
        "persons", "person_times", "visits", "households", "enterprises", "market_entities",
        "projects", "dwellings", "schools", "villages", "items", "readers", "milestone",
    ]

    /// Words of a magnitude: figures are in base units.
    private static let magnitudes = ["万", "亿", "千万", "百万", "thousand", "million", "billion"]

    /// Signs of a figure that lost or gained its 万 or 亿 on the way.
    func figure() {
        let (value, scale) = (target.value, target.scale)
        let one = (0..<scale).reduce(Int64(1)) { one, _ in one * 10 }
        func text(_ figure: Int64) -> String { Figure.format(figure, scale: scale) }
        if target.bound == .about, target.tolerance == 0 {
            warn("tolerance", "only the exact figure would be met", "write a `tolerance` above 0")
        } else if target.bound == .about, value != 0, target.tolerance > value.magnitude {
            warn(
                "tolerance", "with a tolerance of \(text(target.tolerance)) even 0 would be met",
                "write one that is well below the figure")
        }
        let unit = target.unit.lowercased()
        if let word = TargetDoubts.magnitudes.first(where: unit.contains) {
            warn(
                "unit", "the unit `\(target.unit)` has a magnitude, `\(word)`",
                "write the figure in base units, such as 26_000 persons for 2.6万人")
        }
        if unit == "percent", value.magnitude >= 1_000 * one.magnitude {
            warn(
                "value", "\(text(value)) percent looks like another unit",
                "write 5.5 for 5.5 percent, and the right `unit` for anything else")
        } else if unit == "percent", target.kind == .level, value > 100 * one {
            warn(
                "value", "a share of \(text(value)) percent is more than all",
                "write up to 100, or `kind: growth` for a change")
        } else if unit == "percentage_points", value.magnitude > 100 * one.magnitude {
            warn(
                "value", "a gain of \(text(value)) percentage points is more than all",
                "write up to 100")
        }
        if unit == "cny", target.kind == .total, value > 0, value < 10_000 * one {
            warn(
                "value", "\(text(value)) CNY in all looks as if it were in 万元 or 亿元",
                "write yuan: 260_000_000_000 for 2600亿元")
        }
        if TargetDoubts.counted.contains(unit), value % one != 0 {
            warn(
                "value", "\(text(value)) \(target.unit) are no whole number: in 万, perhaps",
                "write them all: 10_500 for 1.05万")
        }
    }

    /// Filters that cannot both hold, and names that miss by a letter.
    func source() {
        switch target.source {
        case .metric(_, let name, let breakdown?, let member?):
            guard let metric = streams.metrics.first(where: { $0.metric.name == name })?.metric,
                case .equals(breakdown, let value)? = metric.filter, value != member
            else { return }
            warn(
                "where",
                "`\(name)` counts only where `\(breakdown)` has `\(value)`, so `\(member)` matches "
                    + "little or nothing",
                "leave `where` out, or take a metric without that filter")
        case .metric: return
        case .indicator(_, let indicator):
            let isTotal = target.kind == .total || target.kind == .milestone
            if isTotal, streams.metrics.contains(where: { $0.metric.name == indicator }) {
                warn(
                    "indicator", "events already feed a metric `\(indicator)`",
                    "write `metric: \(indicator)`, unless figures are published beside them")
            } else if indicator != target.id,
                Spelling.nearest(to: indicator, among: [target.id], within: 2) != nil
            {
                warn(
                    "indicator",
                    "`\(indicator)` is not quite the target's id, and nothing would feed it",
                    "write `indicator: \(target.id)`, or give one of them another name")
            }
        }
    }
}
