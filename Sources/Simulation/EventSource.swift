/// Draws events from their place: seed, stream, hour, index. The same place gives the same event.
/// Its figures are the cell's truth; what it is broken down by is drawn, and exact for nothing.
struct EventSource: Sendable {
    let seed: UInt64
    let calendar: CityCalendar
    let shares: DisturbanceShares
    let truth: CityTruth
    let projects: Projects

    private let breakdowns: Breakdowns

    init(
        seed: UInt64, calendar: CityCalendar, shares: DisturbanceShares, truth: CityTruth,
        projects: Projects, weather: Weather
    ) {
        self.seed = seed
        self.calendar = calendar
        self.shares = shares
        self.truth = truth
        self.projects = projects
        breakdowns = Breakdowns(calendar, weather: weather)
    }

    /// The city's clocks show UTC+8 all year.
    static let zoneMilliseconds: Int64 = 8 * 3_600_000

    /// The first instant of an hour of the simulation.
    func start(ofHour hour: Int) -> Int64 {
        Int64(calendar.firstDay) * 86_400_000 + Int64(hour) * 3_600_000
            - EventSource.zoneMilliseconds
    }

    /// When the event happened: cheap, for those who only need its place in the order.
    func time(hour: Int, fate: Fate) -> Int64 {
        start(ofHour: hour) + Dice.part(Dice.mix(fate.bits) >> 32, of: 3_600_000)
    }

    func event(
        _ stream: SimulatedStream, hour: Int, index: Int, at place: HourCells.Place, fate: Fate
    ) -> CityEvent {
        var dice = Dice(fate.bits ^ 0xE7E7)
        var event = CityEvent(
            stream: stream, time: time(hour: hour, fate: fate), hour: hour, index: index,
            division: place.division, terminal: 0, figure: 0)
        switch stream {
        case .tourism: tourism(&event, place, &dice)
        case .employment: employment(&event, place, &dice)
        case .investment, .measurements: investment(&event, place, &dice)
        }
        event.terminal = dice.below(40)
        let style = dice.below(20)
        event.timeStyle = style < 16 ? .local : style < 18 ? .localMilliseconds : .utc
        if event.timeStyle != .localMilliseconds { event.time -= event.time % 1_000 }
        event.isBinary = dice.chance(shares.binary, in: 100_000)
        event.isBare = dice.chance(1, in: 12)
        return event
    }

    /// What was sent before it was noticed and corrected: figures off by up to a quarter in either
    /// direction.
    func mistaken(_ event: CityEvent, fate: Fate) -> CityEvent {
        var dice = Dice(fate.bits ^ 0xC0C0)
        var event = event
        let factor = Int64(768 + dice.below(513))
        event.figure = min(max(1, (event.figure * factor) >> 10), limit(event.stream))
        if event.spend > 0 { event.spend = (event.spend * factor) >> 10 }
        if event.stream == .tourism && dice.chance(1, in: 8) { event.overnight = 1 }
        return event
    }

    /// The same booked once more under another identity, to be taken back later.
    func doubled(_ event: CityEvent) -> CityEvent {
        var event = event
        event.index += EventSource.doubledIndex
        return event
    }

    static let doubledIndex = 50_000_000

    /// What the contracts take at most.
    private func limit(_ stream: SimulatedStream) -> Int64 {
        switch stream {
        case .tourism: 1_000_000
        case .employment: 100_000
        case .investment, .measurements: .max
        }
    }

    /// Draws the figures of a cell's events.
    func telescope(_ cells: StreamCells, cell: Int) -> Telescope {
        Telescope(
            seed: Dice.place(seed ^ (0x7E1E &+ UInt64(cells.stream.rawValue)), cell, 0),
            count: UInt64(cells.counts[cell]), total: UInt64(cells.totals[cell]),
            spend: cells.spends.isEmpty ? 0 : UInt64(cells.spends[cell]),
            // Registrations are of one, two or three persons; groups and payments are anything.
            isSkewed: cells.stream != .employment)
    }

    private func tourism(
        _ event: inout CityEvent, _ place: HourCells.Place, _ dice: inout Dice
    ) {
        (event.figure, event.spend) =
            telescope(truth.tourism, cell: place.cell).figures(place.ordinal)
        let day = event.hour / 24
        if !dice.chance(1, in: 20) {
            event.member = breakdowns.origin(span: calendar.spanOfDay[day], &dice)
        }
        if dice.chance(7, in: 10) {
            event.sort = breakdowns.site(division: place.division, day: day, &dice)
        }
        let nights = Breakdowns.nights(Luoyang.divisions[place.division].landscape)
        event.overnight = dice.chance(1, in: 10) ? -1 : dice.chance(nights, in: 100) ? 1 : 0
    }

    private func employment(
        _ event: inout CityEvent, _ place: HourCells.Place, _ dice: inout Dice
    ) {
        event.figure =
            telescope(truth.employment, cell: place.cell).figures(place.ordinal).figure
        event.sort = place.kind
        switch CityTruth.kinds[place.kind].metric {
        case .urbanNewJobs, .reemployment, .graduates:
            if dice.chance(2, in: 3) { event.party = Breakdowns.employer(place.division, &dice) }
        default: break
        }
        if event.party > 0 {
            event.member = breakdowns.industry(ofEmployer: event.party, place.division)
        } else if dice.chance(4, in: 5) {
            event.member = breakdowns.industry(kind: place.kind, &dice)
        }
    }

    private func investment(
        _ event: inout CityEvent, _ place: HourCells.Place, _ dice: inout Dice
    ) {
        event.figure =
            telescope(truth.investment, cell: place.cell).figures(place.ordinal).figure
        event.sort = place.kind
        event.party = projects.project(cell: place.cell, ordinal: place.ordinal)
        if !dice.chance(1, in: 25) { event.member = projects.fund(of: event.party, &dice) }
    }
}
