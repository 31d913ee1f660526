/// A single large record of the year that turns a status by itself: an upload that comes weeks
/// late, a booking that is taken back.
struct Story: Sendable {
    var event: CityEvent
    var form: EventWriter.Form
    /// Milliseconds since 1970.
    var delivered: Int64

    /// All stories of a period that holds the year 2023, in order of delivery; none for other
    /// years.
    static func year(_ source: EventSource) -> [Story] {
        guard source.days.first?.year == 2023, source.days.first?.key == 101 else { return [] }
        var stories: [Story] = []
        var place = 0
        func hour(_ key: Int, _ ofDay: Int, _ year: Int = 2023) -> Int? {
            source.days.firstIndex { $0.year == year && $0.key == key }.map { $0 * 24 + ofDay }
        }
        /// `again`: delivery of what replaces the event (a figure) or takes it back (nil).
        func tell(
            _ stream: SimulatedStream, _ at: (Int, Int), figure: Int64, spend: Int64 = -1,
            sort: Int,
            delivered: (Int, Int)? = nil, again: (Int, Int, Int64?)? = nil, inNextYear: Bool = false
        ) {
            let arrives = delivered ?? at
            guard let happened = hour(at.0, at.1),
                let first = hour(arrives.0, arrives.1, inNextYear ? 2024 : 2023)
            else { return }
            var event = CityEvent(
                stream: stream, time: source.start(ofHour: happened) + 754_000, hour: happened,
                index: 90_000_000 + place, division: (place * 5 + 6) % 15, terminal: 40 + place,
                figure: figure)
            event.spend = spend
            event.sort = sort
            event.party = stream == .investment ? 700 + place : 0
            place += 1
            stories.append(
                Story(
                    event: event, form: .original,
                    delivered: source.start(ofHour: first) + 1_263_000))
            guard let again, let then = hour(again.0, again.1) else { return }
            let instant = source.start(ofHour: then) + 2_071_000
            if let figure = again.2 {
                var corrected = event
                corrected.figure = figure
                stories.append(
                    Story(event: corrected, form: .correction(event), delivered: instant))
            } else {
                stories.append(
                    Story(event: event, form: .withdrawal(time: instant), delivered: instant))
            }
        }
        // The parks without gates report a festival month in one figure, three weeks late.
        tell(
            .tourism, (430, 12), figure: 940_000, spend: 610_000_000_00, sort: 0,
            delivered: (521, 2))
        tell(
            .tourism, (1_004, 12), figure: 870_000, spend: 900_000_000_00, sort: 0,
            delivered: (1_027, 3))
        // One project is booked twice and taken back in the autumn's audit.
        tell(.investment, (615, 10), figure: 7_200_000_000_00, sort: 0, again: (920, 23, nil))
        tell(.investment, (928, 16), figure: 9_400_000_000_00, sort: 0, delivered: (1_019, 3))
        tell(
            .investment, (414, 15), figure: 2_600_000_000_00, sort: 1,
            again: (711, 22, 500_000_000_00))
        // Transfers of spring are counted again: one county's were doubled, another's left out.
        tell(.employment, (428, 10), figure: 1_500, sort: 3, again: (812, 22, 150))
        tell(.employment, (331, 16), figure: 2_000, sort: 4, again: (610, 21, 15_500))
        tell(.employment, (628, 15), figure: 900, sort: 1, delivered: (725, 2))
        tell(.employment, (1_109, 16), figure: 620, sort: 5, delivered: (1_203, 2))
        // Jobs: met before Christmas, taken back two days before the end, missed by that, and met
        // after all by an office that uploads its December in January.
        tell(.employment, (1_208, 16), figure: 4_000, sort: 0, again: (1_230, 21, nil))
        tell(
            .employment, (1_220, 10), figure: 4_500, sort: 0, delivered: (106, 2), inNextYear: true)
        return stories.sorted { $0.delivered < $1.delivered }
    }
}
