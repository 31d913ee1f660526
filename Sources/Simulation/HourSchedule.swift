/// One record to be delivered, not written yet.
struct Delivery: Sendable {
    enum What: UInt8, Sendable {
        case tick, first, second, corrupt, tombstone, reading, story
        /// An event booked once more; what a silent feed held back.
        case double, heldBack
    }

    /// Milliseconds since 1970.
    var time: Int64
    var stream: SimulatedStream
    var what: What
    /// The hour of the event, not of the delivery.
    var hour: Int32
    /// The event's index in its hour; a tick's partition; a row of readings or stories.
    var index: Int32

    /// A total order, so that equal times do not depend on a sort's moods.
    static func precedes(_ left: Delivery, _ right: Delivery) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return (left.stream.rawValue, left.what.rawValue, left.hour, left.index)
            < (right.stream.rawValue, right.what.rawValue, right.hour, right.index)
    }
}

/// Lays out what is delivered in an hour. Everything follows from the settings and the hour's
/// number, so any hour can be the first.
struct HourSchedule: Sendable {
    let settings: SimulationSettings
    let source: EventSource
    let readings: Readings
    let stories: [Story]
    let silence: Silence
    private let periodHour: Int
    private var cells: [HourCells]
    private var origins: [Int] = []

    init(
        settings: SimulationSettings, source: EventSource, cells: [HourCells], readings: Readings,
        stories: [Story]
    ) {
        self.settings = settings
        self.source = source
        self.cells = cells
        self.readings = readings
        self.stories = stories
        silence = Silence(settings.scenario.episodes, source.calendar)
        periodHour = source.calendar.periodHour
    }

    static let eventStreams: [SimulatedStream] = [.tourism, .employment, .investment]

    /// The base year went well: nothing of it is late or wrong.
    func fate(_ stream: SimulatedStream, _ hour: Int, _ index: Int) -> Fate {
        Fate(
            settings.seed, stream, hour, index,
            hour < periodHour ? HourSchedule.undisturbed : settings.shares)
    }

    private static let undisturbed = DisturbanceShares.none

    mutating func event(
        _ stream: SimulatedStream, _ hour: Int, _ index: Int, _ fate: Fate
    ) -> CityEvent {
        let place = cells[Int(stream.rawValue)].place(hour: hour, index: index)
        return source.event(stream, hour: hour, index: index, at: place, fate: fate)
    }

    /// Appends the hour's deliveries in no order.
    mutating func lay(hour: Int, into deliveries: inout [Delivery]) {
        if hour < periodHour { return layBase(hour: hour, into: &deliveries) }
        let start = source.start(ofHour: hour)
        layTicks(hour: hour, into: &deliveries)
        Fate.originHours(deliveredAt: hour, into: &origins)
        for stream in HourSchedule.eventStreams {
            for origin in origins where origin >= periodHour {
                lay(stream, from: origin, in: hour, into: &deliveries)
            }
            layNoise(stream, hour: hour, into: &deliveries)
        }
        for (place, window) in silence.windows.enumerated()
        where window.uploadDay == hour / 24 {
            layHeldBack(place, window, in: hour, into: &deliveries)
        }
        if settings.shares.corrupt > 0 {
            let bits = Dice.place(settings.seed ^ 0x3EA5, hour, 0)
            if bits % 400 == 0 {
                append(
                    .measurements, .corrupt, hour, 0, at: start + Int64(bits >> 40) % 3_600_000,
                    &deliveries)
            }
        }
        layRows(hour: hour, into: &deliveries)
    }

    /// The year before: each event soon after it happened and before the period begins, the clock
    /// once a day.
    private mutating func layBase(hour: Int, into deliveries: inout [Delivery]) {
        if hour % 24 == 0 { layTicks(hour: hour, into: &deliveries) }
        for stream in HourSchedule.eventStreams {
            for origin in [hour, hour - 1] where origin >= 0 {
                lay(stream, from: origin, in: hour, into: &deliveries)
            }
        }
        layRows(hour: hour, into: &deliveries)
    }

    private func layTicks(hour: Int, into deliveries: inout [Delivery]) {
        let start = source.start(ofHour: hour)
        for (stream, partitions) in zip(SimulatedStream.allCases, settings.partitions) {
            for partition in 0..<partitions {
                append(stream, .tick, hour, partition, at: start, &deliveries)
            }
        }
    }

    private func layRows(hour: Int, into deliveries: inout [Delivery]) {
        let start = source.start(ofHour: hour)
        for row in readings.delivered(from: start, to: start + 3_600_000) {
            append(
                .measurements, .reading, hour, row, at: readings.rows[row].delivered, &deliveries)
        }
        for (row, story) in stories.enumerated()
        where story.delivered >= start && story.delivered < start + 3_600_000 {
            append(story.event.stream, .story, hour, row, at: story.delivered, &deliveries)
        }
    }

    private func append(
        _ stream: SimulatedStream, _ what: Delivery.What, _ hour: Int, _ index: Int, at time: Int64,
        _ deliveries: inout [Delivery]
    ) {
        deliveries.append(
            Delivery(time: time, stream: stream, what: what, hour: Int32(hour), index: Int32(index))
        )
    }

    /// What the events of one hour have delivered in another.
    private mutating func lay(
        _ stream: SimulatedStream, from origin: Int, in hour: Int, into deliveries: inout [Delivery]
    ) {
        let start = source.start(ofHour: hour)
        let place = Int(stream.rawValue)
        let silent = silence.divisions(stream, day: origin / 24)
        for index in 0..<cells[place].count(hour: origin) {
            if silent != 0 {
                let division = cells[place].place(hour: origin, index: index).division
                if silent >> division & 1 == 1 { continue }
            }
            let fate = fate(stream, origin, index)
            let draw = Dice.mix(fate.bits ^ 0xDE1A)
            let later = fate.laterHours(hourOfDay: origin % 24)
            if fate.kind != .late, hour - origin <= 1 {
                let delay =
                    fate.kind == .outOfOrder
                    ? 120_000 + Dice.part(draw, of: 1_380_000)
                    : 200 + Dice.part(draw, of: 45_000)
                var time = source.time(hour: origin, fate: fate) + delay
                if origin < periodHour { time = min(time, source.start(ofHour: periodHour) - 1) }
                if time >= start && time < start + 3_600_000 {
                    append(stream, .first, origin, index, at: time, &deliveries)
                    if fate.kind == .doubled {
                        append(stream, .double, origin, index, at: time, &deliveries)
                    }
                }
            }
            if later > 0, origin + later == hour {
                let time = start + Dice.part(draw >> 32, of: 3_600_000)
                append(
                    stream, fate.kind == .late ? .first : .second, origin, index, at: time,
                    &deliveries)
            }
        }
    }

    /// The same hour of each silent day, in the hours of the day after.
    private mutating func layHeldBack(
        _ place: Int, _ window: Silence.Window, in hour: Int, into deliveries: inout [Delivery]
    ) {
        let start = source.start(ofHour: hour)
        let stream = Int(window.stream.rawValue)
        guard stream < cells.count else { return }
        for day in window.days {
            let origin = day * 24 + hour % 24
            for index in 0..<cells[stream].count(hour: origin) {
                let division = cells[stream].place(hour: origin, index: index).division
                guard silence.window(window.stream, day: day, division: division) == place else {
                    continue
                }
                let draw = Dice.mix(fate(window.stream, origin, index).bits ^ 0xDE1A)
                append(
                    window.stream, .heldBack, origin, index,
                    at: start + Dice.part(draw, of: 3_600_000), &deliveries)
            }
        }
    }

    /// Corrupt records and tombstones, in proportion to the hour's events.
    private mutating func layNoise(
        _ stream: SimulatedStream, hour: Int, into deliveries: inout [Delivery]
    ) {
        let shares = settings.shares
        guard shares.corrupt + shares.tombstone > 0,
            silence.divisions(stream, day: hour / 24) != Silence.allDivisions
        else { return }
        let start = source.start(ofHour: hour)
        for index in 0..<cells[Int(stream.rawValue)].count(hour: hour) {
            let bits = Dice.place(settings.seed ^ (0xBAD0 &+ UInt64(stream.rawValue)), hour, index)
            let draw = Int(bits % 100_000)
            guard draw < shares.corrupt + shares.tombstone else { continue }
            append(
                stream, draw < shares.corrupt ? .corrupt : .tombstone, hour, index,
                at: start + Dice.part(bits >> 32, of: 3_600_000), &deliveries)
        }
    }
}
