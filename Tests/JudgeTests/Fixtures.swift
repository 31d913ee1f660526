import Contracts
import Judge

let shanghai = Zone(identifier: "Asia/Shanghai")!
let newYork = Zone(identifier: "America/New_York")!
let berlin = Zone(identifier: "Europe/Berlin")!

func day(_ iso: String) -> CivilDate { CivilDate(iso: iso)! }

/// Midnight in Shanghai at which the day begins, and hours after it.
func at(_ iso: String, _ hour: Int = 0, _ minute: Int = 0) -> Instant {
    shanghai.start(of: day(iso)).adding(.seconds(hour * 3_600 + minute * 60))
}

extension RuleContract {
    static func example(
        hold: Duration = .zero, dwell: Duration = .zero, staleAfter: Duration? = nil,
        grace: Duration = .zero, warnBefore: Duration? = nil
    ) -> RuleContract {
        RuleContract(
            atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000, hold: hold,
            dwell: dwell,
            staleAfter: staleAfter, grace: grace, warnBefore: warnBefore)
    }
}

extension TargetContract {
    /// 3,650 visitors by the end of the year: ten a day.
    static func visitors(
        id: String = "tourism.visitors", value: Int64 = 3_650, origin: String? = nil,
        windowStart: String = "2023-01-01", deadline: String = "2023-12-31",
        rule: RuleContract = .example()
    ) -> TargetContract {
        TargetContract(
            id: id, sector: "tourism", area: "headline", nameZh: "游客", nameEn: "Visitors",
            kind: .total,
            bound: .atLeast, value: value, valueMax: nil, tolerance: 0, slack: 1, scale: 0,
            unit: "visits",
            windowStart: day(windowStart), deadline: day(deadline),
            source: .metric(
                stream: "tourism.arrivals", metric: "tourism.visitors",
                breakdown: origin == nil ? nil : "origin", member: origin),
            trajectory: .linear, rule: rule)
    }

    /// Visitors that grow by at least 8 percent against the year before.
    static func visitorGrowth(
        windowStart: String = "2023-01-01", rule: RuleContract = .example()
    ) -> TargetContract {
        var target = visitors(id: "tourism.growth", windowStart: windowStart, rule: rule)
        (target.kind, target.trajectory, target.unit) = (.growth, .constant, "percent")
        (target.value, target.slack, target.scale) = (8_000_000, 8_000_000, 6)
        return target
    }

    /// Growth of at least 7 percent.
    static func growth(rule: RuleContract = .example()) -> TargetContract {
        TargetContract(
            id: "economy.gdp-growth", sector: "economy", area: "headline", nameZh: "",
            nameEn: "GDP",
            kind: .growth, bound: .atLeast, value: 7, valueMax: nil, tolerance: 0, slack: 1,
            scale: 0,
            unit: "percent", windowStart: day("2023-01-01"), deadline: day("2023-12-31"),
            source: .indicator(stream: "sector.measurements", indicator: "economy.gdp-growth"),
            trajectory: .constant, rule: rule)
    }
}

extension PlanContract {
    static func example(
        revision: Int = 1, _ targets: [TargetContract] = [.visitors()], zone: Zone = shanghai
    ) -> PlanContract {
        PlanContract(
            id: "luoyang-2023", revision: revision, titleZh: "", titleEn: "", zone: zone,
            periodStart: day("2023-01-01"), periodEnd: day("2023-12-31"), division: 410_300,
            place: "4103",
            targets: targets)
    }
}

extension StreamContract {
    static let tourism = tourism(shanghai)

    static func tourism(_ zone: Zone) -> StreamContract {
        StreamContract(
            name: "tourism.arrivals", kind: .events,
            topic: TopicContract(name: "tourism.arrivals.v1", partitions: 2, settings: [:]),
            zone: zone,
            eventType: "tourism.arrival.v1", ignorableTypes: [], futureLimit: .hours(24),
            outOfOrder: .seconds(60),
            fields: [],
            metrics: [
                MetricContract(
                    name: "tourism.visitors", measure: .sum("visitors"), filter: nil,
                    breakdowns: ["origin"],
                    scale: 0, unit: "visits")
            ])
    }

    static let measurements = StreamContract(
        name: "sector.measurements", kind: .measurements,
        topic: TopicContract(name: "sector.measurements.v1", partitions: 1, settings: [:]),
        zone: shanghai,
        eventType: "sector.measurement.v1", ignorableTypes: [], futureLimit: .hours(24),
        outOfOrder: .zero,
        fields: [], metrics: [])
}

extension Catalogue {
    static func example(_ plan: PlanContract) -> Catalogue {
        Catalogue(streams: [.tourism, .measurements], outputs: [], plans: [plan])
    }
}

extension JudgeSettings {
    static func example(_ clock: Clock = .watermark) -> JudgeSettings {
        JudgeSettings(clock: clock, owner: "test")
    }
}
