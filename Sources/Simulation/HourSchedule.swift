/// One record to be delivered, not written yet.
struct Delivery: Sendable {
    enum What: UInt8, Sendable { case tick, first, second, corrupt, tombstone, reading, story }

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
    let rhythms: [Rhythm]
    let readings: Readings
    let stories: [Story]
    private var origins: [Int] = []

    init(
        settings: SimulationSettings, source: EventSource, rhythms: [Rhythm], readings: Readings,
        stories: [Story]
    ) {
        self.settings = settings
        self.source = source
        self.rhythms = rhythms
        self.readings = readings
        self.stories = stories
    }

    static let eventStreams: [SimulatedStream] = [.tourism, .employment, .investment]

    /// Appends the hour's deliveries in no order.
    mutating func lay(hour: Int, into deliveries: inout [Delivery]) {
        let start = source.start(ofHour: hour)
        for (stream, partitions) in zip(SimulatedStream.allCases, settings.partitions) {
            for partition in 0..<partitions {
                deliveries.append(
                    Delivery(
                        time: start, stream: stream, what: .tick, hour: Int32(hour),
                        index: Int32(partition)))
            }
        }
        Fate.originHours(deliveredAt: hour, into: &origins)
        for stream in Self.eventStreams {
            for origin in origins where origin >= 0 {
                lay(stream, from: origin, in: hour, into: &deliveries)
            }
            layNoise(stream, hour: hour, into: &deliveries)
        }
        if settings.shares.corrupt > 0 {
            let bits = Dice.place(settings.seed ^ 0x3EA5, hour, 0)
            if bits % 400 == 0 {
                append(
                    .measurements, .corrupt, hour, 0, at: start + Int64(bits >> 40) % 3_600_000,
                    &deliveries)
            }
        }
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
    private func lay(
        _ stream: SimulatedStream, from origin: Int, in hour: Int, into deliveries: inout [Delivery]
    ) {
        let start = source.start(ofHour: hour)
        for index in 0..<rhythms[Int(stream.rawValue)].count(hour: origin) {
            let fate = Fate(settings.seed, stream, origin, index, settings.shares)
            let draw = Dice.mix(fate.bits ^ 0xDE1A)
            let later = fate.laterHours(hourOfDay: origin % 24)
            if fate.kind != .late, hour - origin <= 1 {
                let delay =
                    fate.kind == .outOfOrder
                    ? 120_000 + Dice.part(draw, of: 1_380_000)
                    : 200 + Dice.part(draw, of: 45_000)
                let time = source.time(hour: origin, fate: fate) + delay
                if time >= start && time < start + 3_600_000 {
                    append(stream, .first, origin, index, at: time, &deliveries)
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

    /// Corrupt records and tombstones, in proportion to the hour's events.
    private func layNoise(_ stream: SimulatedStream, hour: Int, into deliveries: inout [Delivery]) {
        let shares = settings.shares
        guard shares.corrupt + shares.tombstone > 0 else { return }
        let start = source.start(ofHour: hour)
        for index in 0..<rhythms[Int(stream.rawValue)].count(hour: hour) {
            let bits = Dice.place(settings.seed ^ (0xBAD0 &+ UInt64(stream.rawValue)), hour, index)
            let draw = Int(bits % 100_000)
            guard draw < shares.corrupt + shares.tombstone else { continue }
            append(
                stream, draw < shares.corrupt ? .corrupt : .tombstone, hour, index,
                at: start + Dice.part(bits >> 32, of: 3_600_000), &deliveries)
        }
    }
}
