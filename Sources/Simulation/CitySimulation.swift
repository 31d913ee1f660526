package import Contracts

/// Where a simulation is: enough to go on without repeating what was sent.
package struct SimulationPosition: Sendable, Equatable {
    /// The hour of the simulation (0 is its first, in the base year where there is one) and how many of its records were given.
    package var hour: Int
    package var index: Int
    /// Records given in all.
    package var records: Int64

    package init(hour: Int = 0, index: Int = 0, records: Int64 = 0) {
        self.hour = hour
        self.index = index
        self.records = records
    }
}

/// A synthetic city: the events of tourism, employment, investment and statistics of a year and of
/// the year before it, in order of delivery. A seed gives the same bytes everywhere; totals of each
/// kind of event, division and month do not depend on the number of events (`CityTruth`).
package struct CitySimulation: Sendable {
    package let settings: SimulationSettings
    package private(set) var position = SimulationPosition()

    private let source: EventSource
    private let writer: EventWriter
    private let corruption: CorruptionWriter
    private var schedule: HourSchedule
    private let hours: Int
    private var deliveries: [Delivery] = []

    package init(settings: SimulationSettings) {
        self.settings = settings
        let calendar = CityCalendar(settings)
        let city = CityTruth.Settled(settings, calendar)
        source = city.source
        writer = EventWriter(
            days: calendar.days, firstDay: calendar.firstDay, projects: city.source.projects)
        corruption = CorruptionWriter(events: writer)
        schedule = HourSchedule(
            settings: settings, source: source, cells: city.cells,
            readings: Readings(settings, days: calendar.days), stories: city.stories)
        hours = calendar.days.count * 24
        lay()
    }

    /// When the simulation's first record is delivered: the base year's begin where there is one.
    package var start: Instant { Instant(microseconds: source.start(ofHour: 0) * 1_000) }
    /// When the period begins, and with it what is judged.
    package var periodStart: Instant {
        Instant(microseconds: source.start(ofHour: source.calendar.periodHour) * 1_000)
    }
    /// After the last.
    package var end: Instant { Instant(microseconds: source.start(ofHour: hours) * 1_000) }

    /// Writes the next record in order of delivery, or returns false at the end.
    package mutating func next(into record: inout SimulatedRecord) -> Bool {
        while position.index == deliveries.count {
            guard position.hour + 1 < hours else { return false }
            position.hour += 1
            position.index = 0
            lay()
        }
        write(deliveries[position.index], into: &record)
        position.index += 1
        position.records += 1
        return true
    }

    /// Goes to a place that `position` told, without writing what lies before.
    package mutating func resume(at place: SimulationPosition) {
        position = place
        lay()
    }

    /// Leaves out records until `records` were given or left out in all. Only counts what it
    /// passes.
    package mutating func skip(to records: Int64) {
        if records < position.records { resume(at: SimulationPosition()) }
        while records - position.records > Int64(deliveries.count - position.index) {
            position.records += Int64(deliveries.count - position.index)
            position.index = deliveries.count
            guard position.hour + 1 < hours else { return }
            position.hour += 1
            position.index = 0
            layUnordered()
        }
        lay()
        position.index += Int(records - position.records)
        position.records = records
    }

    private mutating func layUnordered() {
        deliveries.removeAll(keepingCapacity: true)
        schedule.lay(hour: position.hour, into: &deliveries)
    }

    private mutating func lay() {
        layUnordered()
        deliveries.sort(by: Delivery.precedes)
    }

    private mutating func write(_ delivery: Delivery, into record: inout SimulatedRecord) {
        let hour = Int(delivery.hour)
        let index = Int(delivery.index)
        switch delivery.what {
        case .tick:
            writer.writeTick(
                delivery.stream, partition: delivery.index, time: delivery.time, into: &record)
        case .first, .second, .double, .heldBack:
            writeEvent(delivery, hour, index, into: &record)
        case .corrupt:
            let bits = Dice.place(
                settings.seed ^ 0xBADC, hour, index * 4 + Int(delivery.stream.rawValue))
            var kind = Corruption.allCases[Int(bits % UInt64(Corruption.allCases.count))]
            // A quarter megabyte each: rare.
            if kind == .tooLarge && (bits >> 40) % 4 > 0 { kind = .badJSON }
            corruption.write(
                kind, delivery.stream, time: delivery.time, number: bits >> 8, into: &record)
        case .tombstone:
            writer.writeTombstone(delivery.stream, number: index, into: &record)
        case .reading:
            let reading = schedule.readings.rows[index]
            writer.write(
                reading, of: schedule.readings.indicators[reading.indicator], into: &record)
            record.kind =
                reading.isCopy ? .duplicate : reading.revision > 0 ? .correction : .reading
        case .story:
            let story = schedule.stories[index]
            writer.write(story.event, story.form, into: &record)
            record.kind = .story
        }
        record.timestampMilliseconds = delivery.time
    }

    private mutating func writeEvent(
        _ delivery: Delivery, _ hour: Int, _ index: Int, into record: inout SimulatedRecord
    ) {
        let fate = schedule.fate(delivery.stream, hour, index)
        let event = schedule.event(delivery.stream, hour, index, fate)
        switch (delivery.what, fate.kind) {
        case (.heldBack, _):
            writer.write(event, .original, into: &record)
            record.kind = .late
        case (.double, _):
            writer.write(source.doubled(event), .original, into: &record)
            record.kind = .doubled
        case (.first, .corrected):
            writer.write(source.mistaken(event, fate: fate), .original, into: &record)
            record.kind = .plain
        case (.first, let kind):
            writer.write(event, .original, into: &record)
            record.kind = kind == .late ? .late : kind == .outOfOrder ? .outOfOrder : .plain
        case (_, .corrected):
            let mistaken = source.mistaken(event, fate: fate)
            writer.write(event, .correction(mistaken), into: &record)
            record.kind = .correction
        case (_, .doubled):
            writer.write(
                source.doubled(event), .withdrawal(time: delivery.time), into: &record)
            record.kind = .withdrawal
        case (_, .duplicate), (_, .plain), (_, .outOfOrder), (_, .late):
            writer.write(event, .original, into: &record)
            record.kind = .duplicate
        }
    }
}
