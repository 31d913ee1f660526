/// One event of the city before it is written: what happened, where, when.
struct CityEvent: Equatable {
    var stream: SimulatedStream
    /// Milliseconds since 1970.
    var time: Int64
    var hour: Int
    var index: Int
    var division: Int
    /// The reporting device or desk: its name is the record's key and part of `source`.
    var terminal: Int
    /// Visitors, persons, or the amount in fen.
    var figure: Int64
    /// Spend in fen; -1 where it was not asked.
    var spend: Int64 = -1
    /// Origin, industry or fund: an index into the city's table; -1 where not given.
    var member = -1
    /// Site (index within the division), kind of registration, or programmes.
    var sort = -1
    /// 1 overnight, 0 not, -1 not given.
    var overnight = -1
    /// Number of the employer or the project.
    var party = 0
    var timeStyle = TimeStyle.local
    var isBinary = false
    /// A structured event without the header that would say so.
    var isBare = false

    enum TimeStyle { case local, localMilliseconds, utc }
}

/// Draws events from their place: seed, stream, hour, index. The same place gives the same event.
struct EventSource: Sendable {
    let seed: UInt64
    let firstDay: Int32
    let days: [CityDay]
    let scenario: Scenario
    let shares: DisturbanceShares

    private let tourismDivisions = WeightedChoice(Luoyang.divisions.map(\.tourism))
    private let employmentDivisions = WeightedChoice(Luoyang.divisions.map(\.employment))
    private let investmentDivisions = WeightedChoice(Luoyang.divisions.map(\.investment))
    private let origins = WeightedChoice(Luoyang.origins.map(\.weight))
    private let industries = WeightedChoice(Luoyang.industries.map(\.weight))
    private let funds = WeightedChoice(Luoyang.funds.map(\.weight))
    private let kinds = WeightedChoice(Scenario.employmentKinds.map { Int($0.total) })
    private let programmes = WeightedChoice(Scenario.programmeShares)

    init(
        seed: UInt64, firstDay: Int32, days: [CityDay], scenario: Scenario,
        shares: DisturbanceShares
    ) {
        self.seed = seed
        self.firstDay = firstDay
        self.days = days
        self.scenario = scenario
        self.shares = shares
    }

    /// The city's clocks show UTC+8 all year.
    static let zoneMilliseconds: Int64 = 8 * 3_600_000

    /// The first instant of an hour of the period.
    func start(ofHour hour: Int) -> Int64 {
        Int64(firstDay) * 86_400_000 + Int64(hour) * 3_600_000 - Self.zoneMilliseconds
    }

    /// When the event happened: cheap, for those who only need its place in the order.
    func time(hour: Int, fate: Fate) -> Int64 {
        start(ofHour: hour) + Dice.part(Dice.mix(fate.bits) >> 32, of: 3_600_000)
    }

    func event(_ stream: SimulatedStream, hour: Int, index: Int, fate: Fate) -> CityEvent {
        var dice = Dice(fate.bits ^ 0xE7E7)
        var event = CityEvent(
            stream: stream, time: time(hour: hour, fate: fate), hour: hour, index: index,
            division: 0,
            terminal: 0, figure: 0)
        let month = days[hour / 24].month
        switch stream {
        case .tourism: tourism(&event, month, &dice)
        case .employment: employment(&event, month, &dice)
        case .investment, .measurements: investment(&event, month, &dice)
        }
        event.terminal = dice.below(40)
        let style = dice.below(20)
        event.timeStyle = style < 16 ? .local : style < 18 ? .localMilliseconds : .utc
        if event.timeStyle != .localMilliseconds { event.time -= event.time % 1_000 }
        event.isBinary = dice.chance(shares.binary, in: 100_000)
        event.isBare = dice.chance(1, in: 12)
        return event
    }

    /// The figures that a correction gives instead: off by up to a quarter in either direction.
    func corrected(_ event: CityEvent, fate: Fate) -> CityEvent {
        var dice = Dice(fate.bits ^ 0xC0C0)
        var event = event
        let factor = Int64(768 + dice.below(513))
        event.figure = max(1, (event.figure * factor) >> 10)
        if event.spend > 0 { event.spend = (event.spend * factor) >> 10 }
        if event.stream == .tourism && dice.chance(1, in: 8) { event.overnight = 1 }
        return event
    }

    private func tourism(_ event: inout CityEvent, _ month: Int, _ dice: inout Dice) {
        event.division = tourismDivisions.pick(&dice)
        let mean = scenario.visitors.means[month]
        // Small groups are not skewed: nobody is ever counted as a fraction.
        let factor = mean < 16 * 1_024 ? 1_024 : dice.skewedFactor()
        event.figure = min(max(1, dice.amount(mean: mean, factor: factor)), 1_000_000)
        if !dice.chance(1, in: 32) {
            let perVisitor = scenario.spend[month] * 32 / 31
            event.spend = event.figure * ((perVisitor * dice.evenFactor()) >> 10)
        }
        if !dice.chance(1, in: 20) { event.member = origins.pick(&dice) }
        if dice.chance(7, in: 10) {
            event.sort = dice.below(Luoyang.divisions[event.division].sites.count)
        }
        event.overnight = dice.chance(1, in: 10) ? -1 : dice.chance(9, in: 20) ? 1 : 0
    }

    private func employment(_ event: inout CityEvent, _ month: Int, _ dice: inout Dice) {
        event.division = employmentDivisions.pick(&dice)
        event.sort = kinds.pick(&dice)
        let mean = scenario.persons[event.sort].means[month]
        event.figure = min(max(1, dice.amount(mean: mean, factor: dice.evenFactor())), 100_000)
        if dice.chance(4, in: 5) { event.member = industries.pick(&dice) }
        event.party = dice.chance(1, in: 2) ? 1 + dice.below(9_000) : 0
    }

    private func investment(_ event: inout CityEvent, _ month: Int, _ dice: inout Dice) {
        event.division = investmentDivisions.pick(&dice)
        event.sort = programmes.pick(&dice)
        let path =
            switch event.sort {
            case 0: scenario.majorProjects
            case 1, 2: scenario.keyProjects
            default: scenario.otherProjects
            }
        event.figure = dice.amount(mean: path.means[month], factor: dice.skewedFactor())
        if !dice.chance(1, in: 25) { event.member = funds.pick(&dice) }
        event.party = 1 + dice.below(event.sort == 0 ? 388 : event.sort == 3 ? 900 : 480)
    }
}
