package import Contracts

extension SimulatedIndicator {
    /// The year of the indicators that the simulation tells a story about: met early, met late,
    /// missed, silent for a while, revised. Figures in thousandths.
    package static let luoyang: [SimulatedIndicator] = [
        quarterly("economy.gdp-growth", unit: "percent", [6_100, 6_600, 6_400, 6_700]),
        quarterly("economy.gdp-per-capita-growth", unit: "percent", [6_400, 6_900, 7_000, 7_200]),
        monthly(
            "industry.value-added-growth", unit: "percent",
            [nil, 8_600, 8_300, 7_900, 7_300, 6_900, 6_600, 7_100, 7_700, 8_000, 8_200, 8_300],
            byDivision: true),
        monthly(
            "investment.fixed-asset-growth", unit: "percent",
            [
                nil, 12_400, 12_100, 11_600, 11_200, 10_800, 10_300, 9_900, 9_800, 10_100, 10_700,
                11_300,
            ],
            byDivision: true),
        monthly(
            "economy.retail-sales-growth", unit: "percent",
            [nil, 6_300, 7_400, 8_600, 9_200, 9_400, 9_100, 8_900, 8_700, 8_800, 8_900, 9_000],
            byDivision: true),
        monthly(
            "economy.budget-revenue-growth", unit: "percent", delayDays: 12,
            [3_100, 4_200, 4_900, 5_600, 6_300, 6_900, 7_400, 7_100, 6_800, 6_500, 6_200, 6_100]),
        monthly(
            "economy.cpi-rise", unit: "percent", delayDays: 10,
            [2_100, 1_800, 1_500, 1_400, nil, nil, nil, 1_300, 1_200, 1_100, 1_000, 900]),
        monthly(
            "opening-up.trade-growth", unit: "percent", delayDays: 20,
            [-6_200, -4_100, -1_500, 800, 2_200, 3_100, 3_400, 2_900, 3_200, 3_500, 3_800, 4_100]),
        monthly(
            "employment.surveyed-unemployment-rate", unit: "percent", delayDays: 15,
            [5_700, 5_900, 5_800, 5_600, 5_400, 5_300, 5_600, 5_500, 5_300, 5_200, 5_200, 5_100]),
        daily(
            "economy.new-market-entities", unit: "market_entities",
            [7_300, 8_400, 9_600, 8_900, 8_500, 8_100, 7_900, 8_300, 8_900, 8_600, 9_000, 9_200]),
        monthly(
            "industry.new-above-scale-enterprises", unit: "enterprises", delayDays: 14,
            [
                6_000, 12_000, 24_000, 36_000, 48_000, 58_000, 68_000, 76_000, 88_000, 104_000,
                158_000, 238_000,
            ]),
        SimulatedIndicator(
            "innovation.rd-intensity", unit: "percent", cadence: .years, delayDays: 0,
            figures: [
                Figure(112, 2_920_000, yearsBefore: 2), Figure(1_026, 3_080_000, yearsBefore: 1),
            ]),
        quarterly(
            "urban.urbanisation-rate-gain", unit: "percentage_points", delayDays: 40,
            [620, 670, 700, 730]),
        monthly(
            "transport.airport-passengers", unit: "person_times", delayDays: 6,
            [
                88_000_000, 190_000_000, 318_000_000, 470_000_000, 618_000_000, 752_000_000,
                906_000_000,
                1_068_000_000, 1_205_000_000, 1_362_000_000, 1_490_000_000, 1_618_000_000,
            ]),
        monthly(
            "digital.5g-base-stations", unit: "stations", delayDays: 9,
            [
                9_120_000, 9_200_000, 9_310_000, 9_420_000, 9_540_000, 9_660_000, 9_790_000,
                9_900_000,
                9_980_000, 10_120_000, 10_260_000, 10_400_000,
            ]),
        monthly(
            "environment.pm25", unit: "percent", delayDays: 5,
            [
                8_400, 6_900, 5_100, 3_700, 2_600, 1_500, 700, -200, -900, -400, 600, 1_400,
            ]),
        SimulatedIndicator(
            "rural.grain-output", unit: "jin", cadence: .days, delayDays: 9,
            figures: [Figure(630, 2_410_000_000_000_000), Figure(1_031, 5_060_000_000_000_000)]),
        SimulatedIndicator(
            "environment.afforestation", unit: "mu", cadence: .days, delayDays: 7,
            figures: [
                Figure(331, 112_000_000_000), Figure(430, 158_000_000_000),
                Figure(1_130, 183_500_000_000),
            ]),
        SimulatedIndicator(
            "investment.peony-festival-signings", unit: "CNY", cadence: .days, delayDays: 1,
            figures: [
                Figure(408, 18_600_000_000_000_000), Figure(416, 31_400_000_000_000_000),
                Figure(425, 41_200_000_000_000_000), Figure(505, 51_900_000_000_000_000),
            ]),
        dated("urban.culture-parlour-start", unit: "milestone", [(220, 1)]),
        dated("tourism.tianjie-luonan-section", unit: "milestone", [(418, 1)]),
        dated("industry.pulike-p3-laboratory", unit: "milestone", [(708, 1)]),
        dated("tourism.rural-brands", unit: "brands", [(718, 2), (1_212, 6)]),
        dated("urban.city-balcony-start", unit: "milestone", [(708, 1)]),
        dated(
            "livelihood.modern-high-schools-batch-1", unit: "schools",
            [(531, 2), (731, 5), (828, 7)]),
    ]

    /// Readings for every measurement target of a plan: the story's own where there is one, else a
    /// drawn path.
    package static func indicators(of plan: PlanContract, seed: UInt64) -> [SimulatedIndicator] {
        plan.targets.compactMap { target in
            guard case .indicator(_, let name) = target.source else { return nil }
            if let told = luoyang.first(where: { $0.id == name }) { return told }
            var drawn = SimulatedIndicator(target: target, seed: seed)
            drawn.id = name
            return drawn
        }
    }
}
