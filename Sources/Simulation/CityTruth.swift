/// What the city's events add up to: for each kind of event, division and month one figure, which
/// depends on the scenario and never on the number of events.
struct CityTruth: Sendable {
    var tourism: StreamCells
    var employment: StreamCells
    var investment: StreamCells

    /// In the order of their streams.
    var all: [StreamCells] { [tourism, employment, investment] }

    private let calendar: CityCalendar
    private let rhythms: [Rhythm]

    /// Classes of `investment`: an amount of both programmes counts in each.
    enum Programme { static let major = 0, key = 1, both = 2, other = 3, count = 4 }

    /// Classes of `employment`, with the course of the year where the scenario has none: jobs peak
    /// in spring, transfers after the Lantern Festival, graduates in summer. Assumptions.
    static let kinds: [(word: StaticString, metric: CityMetric, months: [Int])] = [
        (
            "urban_new_job", .urbanNewJobs,
            [62, 92, 112, 112, 94, 92, 88, 85, 84, 72, 70, 68]
        ),
        (
            "reemployment", .reemployment,
            [92, 84, 98, 100, 102, 100, 98, 100, 98, 100, 98, 96]
        ),
        ("hardship_placement", .hardshipPlacement, Array(repeating: 100, count: 12)),
        (
            "rural_transfer", .ruralTransfer,
            [45, 235, 240, 110, 95, 76, 48, 44, 40, 26, 22, 20]
        ),
        (
            "lifted_transfer", .liftedTransfer,
            [45, 235, 240, 112, 94, 76, 46, 44, 40, 26, 22, 20]
        ),
        (
            "returnee_entrepreneur", .returneeEntrepreneurs,
            [64, 96, 112, 110, 96, 92, 86, 84, 82, 70, 68, 66]
        ),
        ("graduate", .graduates, [20, 25, 40, 60, 90, 240, 320, 160, 90, 60, 40, 30]),
        (
            "skills_training", .skillsTraining,
            [60, 70, 100, 110, 110, 110, 90, 90, 110, 120, 120, 110]
        ),
    ]

    /// Spending a visitor by month, against the others: festivals are dear.
    private static let dearness: [Int64] = [
        102, 99, 97, 105, 104, 99, 101, 101, 99, 104, 97, 95,
    ]
    /// Building rests in winter; machines are paid last. As shares of the year.
    private static let worksMonths = [35, 45, 80, 82, 86, 94, 92, 92, 98, 92, 100, 104]
    private static let equipmentMonths = [26, 34, 70, 72, 76, 84, 90, 92, 98, 106, 122, 130]

    /// Parts of the payments by programme: those of machines are smaller and more.
    private static let programmeShares: [Int64] = [480, 270, 110, 140]

    init(_ scenario: CityScenario, _ calendar: CityCalendar, rhythms: [Rhythm]) {
        self.calendar = calendar
        self.rhythms = rhythms
        let spans = calendar.spans.count
        tourism = StreamCells(.tourism, classes: 1, spans: spans, hasSpends: true)
        employment = StreamCells(.employment, classes: CityTruth.kinds.count, spans: spans)
        investment = StreamCells(.investment, classes: Programme.count, spans: spans)
        for isBase in [true, false] {
            let own = calendar.spans.indices.filter { calendar.spans[$0].isBase == isBase }
            guard !own.isEmpty else { continue }
            let courses = isBase ? scenario.baseYear : scenario.period
            fillTourism(own, courses)
            fillEmployment(own, courses)
            fillInvestment(own, courses)
        }
    }

    /// Events of the base year and of the period; a tenth as dense in the base year.
    mutating func setCounts(eventsPerYear: Int) {
        let base = calendar.spans.firstIndex { !$0.isBase } ?? 0
        for (spans, events) in [
            (0..<base, Int64(eventsPerYear) / 10),
            (base..<calendar.spans.count, Int64(eventsPerYear)),
        ] where !spans.isEmpty {
            let persons = spans.reduce(Int64(0)) { sum, span in
                let cells = employment.classes * StreamCells.divisions
                return sum + employment.totals[span * cells..<(span + 1) * cells].reduce(0, +)
            }
            // Registrations count whole persons, two and more to an event.
            let registrations = min(events / 5, persons * 2 / 5)
            employment.setCounts(of: registrations, spans: spans)
            investment.setCounts(
                of: events / 10, spans: spans, classShares: CityTruth.programmeShares)
            tourism.setCounts(of: events - registrations - events / 10, spans: spans)
        }
    }

    /// The city's figure of a span.
    func total(_ cells: StreamCells, class kind: Int, span: Int) -> Int64 {
        let first = cells.cell(span: span, class: kind, division: 0)
        return cells.totals[first..<first + StreamCells.divisions].reduce(0, +)
    }

    private mutating func fillTourism(_ own: [Int], _ courses: [CityMetric: CityScenario.Course]) {
        let shares = Luoyang.divisions.map(\.tourism)
        let seasons = own.map { span in
            shares.enumerated().reduce(Int64(0)) { sum, share in
                sum + share.element * rhythms[0].usualDays(span: span, division: share.offset)
            }
        }
        let visitors = months(courses[.visitors], own, seasons)
        let dear = zip(own, visitors).map { span, count in
            count * CityTruth.dearness[calendar.spans[span].month - 1]
        }
        let spends = months(courses[.revenue], own, dear)
        for (place, span) in own.enumerated() {
            let parts = Allotment.parts(of: visitors[place], by: weights(rhythms[0], span, shares))
            // A night in the mountains costs more than an afternoon in a park; nobody spends
            // where nobody comes.
            let dear = zip(parts, Luoyang.divisions).map { part, division in
                part * (division.landscape == .mountains ? 112 : 100)
            }
            let money = Allotment.parts(of: spends[place], by: dear)
            for division in parts.indices {
                tourism.set(total: parts[division], span: span, class: 0, division: division)
                tourism.set(spend: money[division], span: span, division: division)
            }
        }
    }

    private mutating func fillEmployment(
        _ own: [Int], _ courses: [CityMetric: CityScenario.Course]
    ) {
        for (kind, row) in CityTruth.kinds.enumerated() {
            let shares = Luoyang.divisions.map { division in
                switch row.metric {
                case .ruralTransfer, .returneeEntrepreneurs: division.rural
                case .liftedTransfer: division.lifted
                case .hardshipPlacement, .skillsTraining: division.urban + division.rural
                default: division.urban
                }
            }
            let totals = months(courses[row.metric], own, nominal(own, row.months))
            for (span, total) in zip(own, totals) {
                let parts = Allotment.parts(of: total, by: weights(rhythms[1], span, shares))
                for (division, part) in parts.enumerated() {
                    employment.set(total: part, span: span, class: kind, division: division)
                }
            }
        }
    }

    /// Three tenths of what is completed on key industrial projects is so on projects that are major
    /// ones too. Outside both programmes flows what `investment.disbursed` leaves for it, or else
    /// seven hundredths of the rest.
    private mutating func fillInvestment(
        _ own: [Int], _ courses: [CityMetric: CityScenario.Course]
    ) {
        let major = courses[.majorProjects]?.total ?? 0
        let key = courses[.keyProjects]?.total ?? 0
        let both = min(key / 10 * 3, major)
        let inside = major + key - both
        let other = courses[.disbursed].map { max($0.total - inside, 0) } ?? inside / 100 * 7
        let works = courses[.majorProjects]?.months
        let equipment = courses[.keyProjects]?.months
        let classes: [(Int64, [Int64]?, [Int], Bool)] = [
            (major - both, works, CityTruth.worksMonths, false),
            (key - both, equipment, CityTruth.equipmentMonths, true),
            (both, equipment, CityTruth.equipmentMonths, true),
            (other, courses[.disbursed]?.months, Array(repeating: 100, count: 12), false),
        ]
        for (kind, row) in classes.enumerated() {
            let shares = Luoyang.divisions.map { row.3 ? $0.industry : $0.investment }
            let course = CityScenario.Course(row.0, months: row.1)
            let totals = months(course, own, nominal(own, row.2))
            for (span, total) in zip(own, totals) {
                let parts = Allotment.parts(of: total, by: weights(rhythms[2], span, shares))
                for (division, part) in parts.enumerated() {
                    investment.set(total: part, span: span, class: kind, division: division)
                }
            }
        }
    }

    /// A total over the spans, by the scenario's months or else by the city's own seasons.
    private func months(_ course: CityScenario.Course?, _ own: [Int], _ seasons: [Int64]) -> [Int64]
    {
        var weights = seasons
        if let months = course?.months, months.count == own.count { weights = months }
        let parts = Allotment.parts(of: course?.total ?? 0, by: weights)
        // Months of weight zero throughout: a scenario's slip, and even shares do no harm.
        return parts.allSatisfy { $0 == 0 }
            ? Allotment.parts(of: course?.total ?? 0, by: own.map { _ in 1 }) : parts
    }

    /// Weights of months for spans, of which the first and the last may be parts of one.
    private func nominal(_ own: [Int], _ months: [Int]) -> [Int64] {
        own.map { place in
            let span = calendar.spans[place]
            let day = calendar.days[span.days.lowerBound]
            let weight = months.indices.contains(span.month - 1) ? months[span.month - 1] : 0
            return Int64(weight) * 1_000 * Int64(span.days.count)
                / Int64(day.day + day.daysLeftInMonth)
        }
    }

    /// Divisions' weights in a span: their shares, and what season, weather and episodes make of
    /// the span there.
    private func weights(_ rhythm: Rhythm, _ span: Int, _ shares: [Int64]) -> [Int64] {
        shares.enumerated().map { division, share in
            share * rhythm.days(span: calendar.spans[span], division: division)
        }
    }
}
