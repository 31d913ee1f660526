/// A single large record of the year that turns a status by itself: an upload that comes weeks
/// late, a booking that is taken back.
///
/// Stories are errors around the truth, not additions to it: what is left of an event when all is
/// put right was set aside from its cell before.
struct Story: Sendable {
    var event: CityEvent
    var form: EventWriter.Form
    /// Milliseconds since 1970.
    var delivered: Int64
}

/// Tells the stories of a period that holds the months they need; none for other periods.
struct StoryTeller {
    let scenario: CityScenario
    let calendar: CityCalendar
    let projects: Projects
    var truth: CityTruth
    private(set) var stories: [Story] = []
    private var told = 0

    init(
        _ scenario: CityScenario, _ calendar: CityCalendar, projects: Projects, truth: CityTruth
    ) {
        self.scenario = scenario
        self.calendar = calendar
        self.projects = projects
        self.truth = truth
    }

    /// Month * 100 + day and hour, in the period's year or the next.
    struct Moment {
        var key: Int
        var hour: Int
        var isNextYear = false
        init(_ key: Int, _ hour: Int, isNextYear: Bool = false) {
            self.key = key
            self.hour = hour
            self.isNextYear = isNextYear
        }
    }

    mutating func tell() {
        guard scenario.tellsStories else { return }
        // The parks without gates report a festival month in one figure, three weeks late.
        arrivesLate(.tourism, 0, Moment(430, 12), percent: 28, delivered: Moment(521, 2))
        arrivesLate(.tourism, 0, Moment(1_004, 12), percent: 25, delivered: Moment(1_027, 3))
        // One project is booked twice and taken back in the autumn's audit.
        let major = yearTotal(.investment, CityTruth.Programme.major)
        isTakenBack(
            .investment, CityTruth.Programme.major, Moment(615, 10), figure: major / 35,
            on: Moment(920, 23))
        arrivesLate(
            .investment, CityTruth.Programme.major, Moment(928, 16), percent: 50,
            delivered: Moment(1_019, 3))
        let key = yearTotal(.investment, CityTruth.Programme.key)
        isCorrected(
            .investment, CityTruth.Programme.key, Moment(414, 15), from: key / 15, percent: 20,
            on: Moment(711, 22))
        // Transfers of spring are counted again: one county's had been left out.
        isCorrected(
            .employment, 4, Moment(331, 16), from: 200, percent: 45, on: Moment(610, 21))
        arrivesLate(.employment, 1, Moment(628, 15), percent: 60, delivered: Moment(725, 2))
        arrivesLate(.employment, 5, Moment(1_109, 16), percent: 60, delivered: Moment(1_203, 2))
        isReopened(.employment, 3, .ruralTransfer)
        isMetAfterAll(.employment, 0, .urbanNewJobs)
        stories.sort { $0.delivered < $1.delivered }
    }

    // MARK: The kinds of stories

    /// A part of the largest division's month in one record, sent weeks later.
    private mutating func arrivesLate(
        _ stream: SimulatedStream, _ kind: Int, _ at: Moment, percent: Int64, delivered: Moment
    ) {
        guard let cell = largest(stream, kind, at), hour(at) != nil, hour(delivered) != nil else {
            return
        }
        let (figure, spend) = setAside(stream, cell, percent: percent)
        guard figure > 0,
            let event = event(stream, kind, cell, at, figure: figure, spend: spend)
        else { return }
        add(event, .original, delivered)
    }

    /// An event that never was.
    private mutating func isTakenBack(
        _ stream: SimulatedStream, _ kind: Int, _ at: Moment, figure: Int64, on then: Moment
    ) {
        guard figure > 0, hour(then) != nil, let cell = largest(stream, kind, at),
            let event = event(stream, kind, cell, at, figure: min(figure, most(stream)))
        else { return }
        add(event, .original, at)
        add(event, .withdrawal(time: instant(then, ofCorrection: true)), then)
    }

    /// A wrong figure that becomes a part of the largest division's month.
    private mutating func isCorrected(
        _ stream: SimulatedStream, _ kind: Int, _ at: Moment, from wrong: Int64, percent: Int64,
        on then: Moment
    ) {
        guard wrong > 0, hour(at) != nil, hour(then) != nil, let cell = largest(stream, kind, at)
        else { return }
        let (figure, _) = setAside(stream, cell, percent: percent)
        guard figure > 0,
            let event = event(stream, kind, cell, at, figure: min(wrong, most(stream)))
        else { return }
        var right = event
        right.figure = figure
        add(event, .original, at)
        add(right, .correction(event), then)
    }

    /// A wrong figure meets the goal months too early; it is corrected, and the goal met again
    /// when it is truly reached: in the second month after.
    private mutating func isReopened(_ stream: SimulatedStream, _ kind: Int, _ metric: CityMetric) {
        guard let goal = scenario.period[metric]?.goal else { return }
        let spans = periodSpans
        var sum: Int64 = 0
        var sums: [Int64] = []
        for span in spans {
            sum += truth.total(cells(stream), class: kind, span: span)
            sums.append(sum)
        }
        guard let reached = sums.firstIndex(where: { $0 >= goal }), reached >= 3 else { return }
        let wrong = goal - sums[reached - 2] + goal / 100
        guard wrong < goal / 3 else { return }
        let month = calendar.spans[spans[reached - 2]].month
        let next = calendar.spans[spans[reached - 1]].month
        isCorrected(
            stream, kind, Moment(month * 100 + 11, 10), from: wrong, percent: 10,
            on: Moment(next * 100 + 12, 22))
    }

    /// Met before Christmas by a figure that is taken back two days before the end, missed by
    /// that, and met after all by what the offices held back since October and upload in January.
    /// Only where the true total is just beyond its goal.
    private mutating func isMetAfterAll(
        _ stream: SimulatedStream, _ kind: Int, _ metric: CityMetric
    ) {
        guard let goal = scenario.period[metric]?.goal, hour(Moment(1_231, 0)) != nil,
            hour(Moment(106, 2, isNextYear: true)) != nil
        else { return }
        let excess = yearTotal(stream, kind) - goal
        let lastMonths = periodSpans.suffix(3)
        let quarter = lastMonths.reduce(0) {
            $0 + truth.total(cells(stream), class: kind, span: $1)
        }
        let held = excess * 6 / 5 + goal / 200
        guard excess > 0, quarter > 0, lastMonths.count == 3, held * 5 < quarter * 2 else { return }
        let december = truth.total(cells(stream), class: kind, span: calendar.spans.count - 1)
        isTakenBack(
            stream, kind, Moment(1_208, 16),
            figure: held - excess + december * 35 / 100 + goal / 200, on: Moment(1_230, 21))
        var left = held
        for span in lastMonths {
            let first = cells(stream).cell(span: span, class: kind, division: 0)
            for cell in first..<first + StreamCells.divisions {
                let total = cells(stream).totals[cell]
                let figure = min(total * held / quarter + 1, total / 2, left)
                guard figure > 0 else { continue }
                left -= figure
                truth.employment.setAside(figure, cell: cell)
                let month = calendar.spans[span].month
                guard
                    let event = event(
                        stream, kind, cell, Moment(month * 100 + 22, 10), figure: figure)
                else { continue }
                add(event, .original, Moment(106, 2, isNextYear: true))
            }
        }
    }

    // MARK: Their parts

    private var periodSpans: [Int] {
        calendar.spans.indices.filter { !calendar.spans[$0].isBase }
    }

    private func yearTotal(_ stream: SimulatedStream, _ kind: Int) -> Int64 {
        periodSpans.reduce(0) { $0 + truth.total(cells(stream), class: kind, span: $1) }
    }

    private func cells(_ stream: SimulatedStream) -> StreamCells {
        switch stream {
        case .tourism: truth.tourism
        case .employment: truth.employment
        case .investment, .measurements: truth.investment
        }
    }

    /// The most that the contract takes.
    private func most(_ stream: SimulatedStream) -> Int64 {
        switch stream {
        case .tourism: 1_000_000
        case .employment: 100_000
        case .investment, .measurements: .max
        }
    }

    /// Takes a part out of a cell's truth.
    private mutating func setAside(
        _ stream: SimulatedStream, _ cell: Int, percent: Int64
    ) -> (Int64, spend: Int64) {
        let figure = min(cells(stream).totals[cell] / 100 * percent, most(stream))
        switch stream {
        case .tourism:
            let total = truth.tourism.totals[cell]
            guard total > 0 else { return (0, -1) }
            let spend = Int64(
                Int128(truth.tourism.spends[cell]) * Int128(figure) / Int128(total))
            truth.tourism.setAside(figure, spend: spend, cell: cell)
            return (figure, spend)
        case .employment: truth.employment.setAside(figure, cell: cell)
        case .investment, .measurements: truth.investment.setAside(figure, cell: cell)
        }
        return (figure, -1)
    }

    /// The cell of the division that has most of the month.
    private func largest(_ stream: SimulatedStream, _ kind: Int, _ at: Moment) -> Int? {
        guard let hour = hour(at), hour < calendar.eventDays * 24 else { return nil }
        let first = cells(stream).cell(
            span: calendar.spanOfDay[hour / 24], class: kind, division: 0)
        return (first..<first + StreamCells.divisions).max {
            cells(stream).totals[$0] < cells(stream).totals[$1]
        }
    }

    private mutating func event(
        _ stream: SimulatedStream, _ kind: Int, _ cell: Int, _ at: Moment, figure: Int64,
        spend: Int64 = -1
    ) -> CityEvent? {
        guard let hour = hour(at), hour < calendar.eventDays * 24 else { return nil }
        var event = CityEvent(
            stream: stream, time: start(hour) + 754_000, hour: hour, index: 90_000_000 + told,
            division: cell % StreamCells.divisions, terminal: 40 + told, figure: figure)
        event.spend = spend
        event.sort = stream == .tourism ? 0 : kind
        if stream == .investment { event.party = projects.project(cell: cell, ordinal: 0) }
        told += 1
        return event
    }

    private mutating func add(_ event: CityEvent, _ form: EventWriter.Form, _ at: Moment) {
        if case .original = form {
            stories.append(
                Story(event: event, form: form, delivered: instant(at, ofCorrection: false)))
        } else {
            stories.append(
                Story(event: event, form: form, delivered: instant(at, ofCorrection: true)))
        }
    }

    private func instant(_ moment: Moment, ofCorrection: Bool) -> Int64 {
        start(hour(moment) ?? 0) + (ofCorrection ? 2_071_000 : 1_263_000)
    }

    /// The hour of the simulation; nil where it has none such.
    private func hour(_ moment: Moment) -> Int? {
        let year = calendar.days[calendar.baseDays].year + (moment.isNextYear ? 1 : 0)
        guard let place = calendar.place(year: year, key: moment.key), place >= calendar.baseDays
        else { return nil }
        return place * 24 + moment.hour
    }

    private func start(_ hour: Int) -> Int64 {
        Int64(calendar.firstDay) * 86_400_000 + Int64(hour) * 3_600_000
            - EventSource.zoneMilliseconds
    }
}
