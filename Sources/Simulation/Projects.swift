/// The investment projects of the city: each has a division, a size, a first and a last month, and
/// is paid for in between and never outside: rising to a peak, falling off at the end.
struct Projects: Sendable {
    struct Project: Sendable, Equatable {
        /// A class of `CityTruth.Programme`.
        var programme: Int
        /// Unique among those with the same letters.
        var number: Int
        var division: Int
        /// Year * 12 + month - 1, both inclusive.
        var first: Int
        var last: Int
        var size: Int
        /// Most comes from one fund, the rest from another: indices into `Luoyang.funds`.
        var mainFund: Int
        var sideFund: Int

        /// The weight of its payments in a month; 0 outside its life.
        func weight(month: Int) -> Int {
            guard first <= month, month <= last else { return 0 }
            let length = last - first + 1
            let rise = max(1, length / 4)
            let fall = max(1, length / 6)
            let rising = min(month - first + 1, rise) * 100 / rise
            let falling = min(last - month + 1, fall) * 100 / fall
            return size * max(40, min(rising, falling))
        }
    }

    let all: [Project]
    /// By cell: where its rows begin in `places` and `ends`; one more than there are cells.
    private let starts: [Int32]
    private let places: [UInt16]
    /// Sums of weights up to and with the row.
    private let ends: [UInt32]
    /// By cell: where in its months-long walk through the projects it begins.
    private var phases: [UInt64]

    /// Projects of the period by programme, and those that were finished in the year before. 388
    /// major and 480 key industrial ones, as the report counts them; 60 are both: an assumption.
    private static let counts: [(now: Int, before: Int)] = [
        (328, 120), (420, 150), (60, 20), (300, 80),
    ]

    init(_ cells: StreamCells, _ calendar: CityCalendar, seed: UInt64) {
        phases = Array(repeating: 0, count: cells.totals.count)
        let period = calendar.days[calendar.baseDays]
        let all = Projects.draw(
            firstMonth: period.year * 12 + period.month - 1, months: calendar.spans.count,
            seed: seed)
        var starts: [Int32] = []
        var places: [UInt16] = []
        var ends: [UInt32] = []
        for span in calendar.spans {
            let month = span.year * 12 + span.month - 1
            for programme in 0..<cells.classes {
                for division in Luoyang.divisions.indices {
                    starts.append(Int32(places.count))
                    var sum: UInt32 = 0
                    for (place, project) in all.enumerated()
                    where project.programme == programme && project.division == division {
                        let weight = project.weight(month: month)
                        guard weight > 0 else { continue }
                        sum += UInt32(weight)
                        places.append(UInt16(place))
                        ends.append(sum)
                    }
                }
            }
        }
        starts.append(Int32(places.count))
        self.all = all
        self.starts = starts
        self.places = places
        self.ends = ends
    }

    /// Lets each month of a division and programme go on where the one before ended, once the
    /// numbers of payments are known: whoever had less than his share is next.
    mutating func follow(_ counts: [Int64], seed: UInt64) {
        let width = CityTruth.Programme.count * Luoyang.divisions.count
        for cell in phases.indices {
            phases[cell] =
                cell < width
                ? Dice.place(seed ^ 0x9807, cell, 0)
                : phases[cell - width] &+ UInt64(counts[cell - width]) &* Projects.golden
        }
    }

    /// The golden section of 2^64.
    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The project that a cell's payment goes to. Payments in order jump through the projects by
    /// the golden section, so that each has its share within one payment or two, spread over the
    /// month.
    func project(cell: Int, ordinal: UInt64) -> Int {
        var low = Int(starts[cell])
        var high = Int(starts[cell + 1]) - 1
        let bits = phases[cell] &+ ordinal &* Projects.golden
        let draw = bits.multipliedFullWidth(by: UInt64(ends[high])).high
        while low < high {
            let middle = (low + high) / 2
            if draw < UInt64(ends[middle]) { high = middle } else { low = middle + 1 }
        }
        return Int(places[low])
    }

    func fund(of project: Int, _ dice: inout Dice) -> Int {
        dice.chance(7, in: 10) ? all[project].mainFund : all[project].sideFund
    }

    /// - Parameter months: of the simulation: what every division has one project for, throughout.
    private static func draw(firstMonth: Int, months: Int, seed: UInt64) -> [Project] {
        var all: [Project] = []
        for (programme, counts) in counts.enumerated() {
            let isIndustry = programme == CityTruth.Programme.key || programme == 2
            let divisions = WeightedChoice(
                Luoyang.divisions.map { Int(isIndustry ? $0.industry : $0.investment) })
            let funds = WeightedChoice(fundWeights[programme])
            for place in 0..<counts.now + counts.before {
                var dice = Dice(seed ^ 0x9204, programme, place)
                let isBefore = place >= counts.now
                var project = Project(
                    programme: programme, number: number(programme, place, isBefore: isBefore),
                    division: divisions.pick(&dice), first: 0, last: 0,
                    size: 12 + dice.below(7) * dice.below(7), mainFund: funds.pick(&dice),
                    sideFund: funds.pick(&dice))
                let length = 8 + dice.below(23)
                if isBefore {
                    project.last = firstMonth - 1 - dice.below(10)
                    project.first = project.last - length
                } else if place < Luoyang.divisions.count {
                    project.division = place
                    project.first = firstMonth - months
                    project.last = firstMonth + months
                } else {
                    // Some go on from the years before, most begin in spring; one in eight of the
                    // new ones begins two to four months late.
                    project.first =
                        dice.chance(2, in: 5)
                        ? firstMonth - 1 - dice.below(14) : firstMonth + startOfYear(&dice)
                    if project.first >= firstMonth, dice.chance(1, in: 8) {
                        project.first += 2 + dice.below(3)
                    }
                    project.first = min(project.first, firstMonth + 8)
                    project.last = max(project.first + length, firstMonth + 6)
                }
                all.append(project)
            }
        }
        return all
    }

    private static func startOfYear(_ dice: inout Dice) -> Int {
        min(dice.below(6), dice.below(6)) + dice.below(3)
    }

    /// `mp-0001` to `mp-0388` are the major projects of the period, the last 60 of them key
    /// industrial ones too, of which `ki-0001` to `ki-0420` are the others; finished ones have
    /// numbers beyond 1,000.
    private static func number(_ programme: Int, _ place: Int, isBefore: Bool) -> Int {
        let before = isBefore ? 1_000 : 0
        return before + 1 + place + (programme == CityTruth.Programme.both ? counts[0].now : 0)
            + (isBefore && programme == CityTruth.Programme.both ? counts[0].before : 0)
    }

    /// By programme, of `Luoyang.funds`: machines are bought with private and foreign money, what
    /// belongs to everybody with bonds and budgets. Assumption.
    private static let fundWeights = [
        [380, 160, 190, 120, 110, 40], [720, 40, 30, 60, 30, 120], [600, 80, 80, 90, 70, 80],
        [80, 330, 200, 220, 170, 0],
    ]
}
