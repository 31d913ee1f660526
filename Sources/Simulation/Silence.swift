internal import Contracts

/// Feeds that are silent for some days and then send everything at once.
struct Silence: Sendable {
    struct Window: Sendable, Equatable {
        var stream: SimulatedStream
        /// A bit for each division.
        var divisions: UInt16
        /// Places of days in the calendar, of the period only.
        var days: Range<Int>
        /// The day on which all of it is sent.
        var uploadDay: Int
    }

    static let allDivisions = UInt16((1 << Luoyang.divisions.count) - 1)

    let windows: [Window]

    init(_ episodes: [CityScenario.Episode], _ calendar: CityCalendar) {
        windows = episodes.filter(\.isSilent).compactMap { episode in
            let first = max(
                Int(episode.from.dayNumber - calendar.firstDay), calendar.baseDays)
            let end = min(Int(episode.to.dayNumber - calendar.firstDay) + 1, calendar.eventDays)
            guard first < end else { return nil }
            var divisions: UInt16 = 0
            for (place, division) in Luoyang.divisions.enumerated()
            where episode.divisions.isEmpty || episode.divisions.contains(division.code) {
                divisions |= 1 << UInt16(place)
            }
            return Window(
                stream: episode.stream, divisions: divisions, days: first..<end,
                uploadDay: min(end, calendar.days.count - 1))
        }
    }

    /// Divisions that send nothing of that day on that day.
    func divisions(_ stream: SimulatedStream, day: Int) -> UInt16 {
        var mask: UInt16 = 0
        for window in windows where window.stream == stream && window.days.contains(day) {
            mask |= window.divisions
        }
        return mask
    }

    /// The first window that an event lies in is the one that it waits for.
    func window(_ stream: SimulatedStream, day: Int, division: Int) -> Int? {
        windows.firstIndex {
            $0.stream == stream && $0.days.contains(day) && $0.divisions >> division & 1 == 1
        }
    }
}
