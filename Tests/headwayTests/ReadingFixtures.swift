import Contracts
import Ledger

/// Rows of a board, written by column.
enum Standings {
    static func row(_ cells: [String: String], contract: TargetContract? = nil) -> TargetStanding {
        let standard = [
            "plan": "p", "name_zh": "目标", "name_en": "Target", "sector": "tourism", "area": "6",
            "area_zh": "文化旅游", "area_en": "Culture and tourism", "kind": "total",
            "bound": "at_least", "unit": "visits", "as_of": "2023-06-30T16:00:00Z",
            "since": "2023-06-03T16:00:00Z", "window_start": "2023-01-01",
            "deadline": "2023-12-31", "zone": "Asia/Shanghai", "projection_method": "count",
        ]
        let all = standard.merging(cells) { _, given in given }
        return TargetStanding(
            cells: TargetStanding.columns.map { all[$0] },
            planTitle: NamedKey(key: "p", zh: "洛阳计划", en: "Luoyang plan"), division: 410_300,
            place: "4103", contract: contract)
    }

    /// Three areas, seven statuses, all bounds.
    static let all: [TargetStanding] = [
        row([
            "target": "tourism.visitors", "name_zh": "接待游客", "name_en": "Visitors received",
            "status": "at_risk", "value": "43120455", "expected": "51200000", "pace": "0.842196",
            "projected": "84219638", "goal": "100000000",
        ]),
        row([
            "target": "tourism.revenue", "name_zh": "旅游收入", "name_en": "Tourism revenue",
            "status": "on_track", "value": "47999999999.99", "expected": "46080000000",
            "pace": "1.041666", "projected": "93749999999.98", "goal": "90000000000", "unit": "CNY",
        ]),
        row([
            "target": "tourism.rural-brands", "name_zh": "省级以上乡村旅游品牌",
            "name_en": "Rural tourism brands at provincial level or above", "status": "no_data",
            "goal": "5", "goal_max": "10", "unit": "brands", "bound": "range", "expected": "5",
        ]),
        row([
            "target": "economy.gdp-growth", "name_zh": "地区生产总值增速", "name_en": "GDP growth",
            "sector": "economy", "area": "headline", "area_zh": "主要预期目标",
            "area_en": "Headline targets", "status": "off_track", "value": "5.6", "expected": "7",
            "pace": "0.8", "projected": "5.6", "goal": "7", "unit": "percent",
        ]),
        row([
            "target": "economy.unemployment", "name_zh": "城镇调查失业率",
            "name_en": "Surveyed unemployment", "sector": "economy", "area": "headline",
            "area_zh": "主要预期目标", "area_en": "Headline targets", "status": "missed",
            "value": "5.75", "expected": "5.5", "pace": "0.954545", "projected": "5.75",
            "goal": "5.5", "unit": "percent", "bound": "at_most",
        ]),
        row(
            [
                "target": "urban.road", "name_zh": "梁卢高速建成通车",
                "name_en": "Road opened", "sector": "urban", "area": "4", "status": "achieved",
                "value": "1", "expected": "0", "pace": "2", "projected": "1", "goal": "1",
                "unit": "milestone",
            ].merging(["area_zh": "城市建设", "area_en": "City"]) { $1 }),
        row([
            "target": "urban.poor", "name_zh": "零", "name_en": "None", "sector": "urban",
            "area": "4", "status": "pending", "goal": "0", "unit": "households",
            "area_zh": "城市建设", "area_en": "City",
        ]),
    ]
}
