/// What a column of a plan's table holds. The raw value is the key of `plan show -o json` and of
/// the plan's file.
enum PlanColumn: String, Sendable, CaseIterable {
    case id
    case nameZh = "name_zh"
    case nameEn = "name_en"
    case sector, area, kind, bound, value
    case valueMax = "value_max"
    case valueAsWritten = "value_as_written"
    case tolerance, slack, unit
    case windowStart = "window_start"
    case deadline, stream, metric, `where`, indicator
    case fedBy = "metric/indicator"
    case trajectory, note
    // The same in every row, and instead of an option.
    case plan, title, zone
    case periodStart = "period_start"
    case periodEnd = "period_end"
    case division, place

    /// Other headers that say the same, written as `normalised` leaves them.
    var synonyms: [String] {
        switch self {
        case .id: ["target", "target_id", "编号", "标识", "目标编号", "代码"]
        case .nameZh: ["chinese_name", "指标", "指标名称", "名称", "目标名称", "中文名称", "主要指标", "任务", "目标任务"]
        case .nameEn: ["name", "english_name", "英文名称", "英文名", "指标英文名"]
        case .sector: ["领域", "行业", "类别", "分类"]
        case .area: ["chapter", "板块", "章节", "重点工作"]
        case .kind: ["type", "target_kind", "类型", "指标类型"]
        case .bound: ["direction", "方向", "约束"]
        case .value: ["goal", "target_value", "figure", "目标值", "目标", "数值", "计划数", "计划目标"]
        case .valueMax: ["maximum", "upper", "上限", "目标上限"]
        case .valueAsWritten: ["as_written", "written", "wording", "原文", "表述", "目标原文"]
        case .tolerance: ["容差", "允许偏差"]
        case .slack: ["余量"]
        case .unit: ["单位", "计量单位"]
        case .windowStart: ["start", "starts", "开始日期", "起始日期", "起始时间"]
        case .deadline: ["due", "due_date", "by", "截止日期", "截止时间", "完成时限", "完成时间", "时限", "期限"]
        case .stream: ["数据流"]
        case .metric: ["度量"]
        case .where: ["filter", "筛选", "条件"]
        case .indicator: ["指标代码"]
        case .fedBy: ["fed_by", "source", "数据来源"]
        case .trajectory: ["course", "进度", "轨迹"]
        case .note: ["remark", "remarks", "comment", "备注", "说明"]
        case .plan: ["plan_id", "计划"]
        case .title: ["plan_title", "计划名称"]
        case .zone: ["timezone", "time_zone", "时区"]
        case .periodStart: ["plan_start", "计划开始"]
        case .periodEnd: ["plan_end", "计划结束"]
        case .division: ["division_code", "行政区划", "行政区划代码"]
        case .place: ["地区前缀"]
        }
    }

    /// Columns of the catalogue that say something about the text, not about the target.
    static let passedOver: Set<String> = ["basis", "deadline_as_written", "序号", "no", "no."]

    private static let named: [String: PlanColumn] = {
        var named: [String: PlanColumn] = [:]
        for column in allCases {
            for name in [column.rawValue] + column.synonyms { named[name] = column }
        }
        return named
    }()

    /// Nil where the header is none that is known.
    init?(header: String) {
        guard let column = PlanColumn.named[PlanColumn.normalised(header)] else { return nil }
        self = column
    }

    /// Lower case, `_` for spaces and dashes, without what stands in brackets.
    static func normalised(_ header: String) -> String {
        let bare = header.prefix { $0 != "(" && $0 != "（" }
        return bare.trimmed.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
    }

    /// What stands in brackets: the unit of bare figures, as in `目标值（万人）`.
    static func bracketed(_ header: String) -> String? {
        guard let open = header.firstIndex(where: { $0 == "(" || $0 == "（" }),
            let close = header.lastIndex(where: { $0 == ")" || $0 == "）" }), open < close
        else { return nil }
        let inside = header[header.index(after: open)..<close].trimmed
        return inside.isEmpty ? nil : inside
    }
}

extension StringProtocol {
    /// Without white space at both ends, full-width spaces among it.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
