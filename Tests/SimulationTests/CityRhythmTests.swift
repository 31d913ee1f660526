import Contracts
import Testing

@testable import Simulation

/// The city's days: what a visitor would look for first.
@Suite struct CityRhythmTests {
    private let calendar = CityCalendar(SimulationSettings())

    private func day(_ year: Int, _ month: Int, _ day: Int) -> CityDay {
        CityDay(CivilDate(year: year, month: month, day: day)?.dayNumber ?? 0)
    }

    @Test func holidaysAreThoseOf2023() {
        #expect(day(2023, 1, 2).kind == .holiday)
        #expect(day(2023, 1, 3).kind == .workday)
        #expect(day(2023, 1, 22).kind == .holiday)
        #expect(day(2023, 1, 28).kind == .workday)
        #expect(day(2023, 4, 5).kind == .holiday)
        #expect(day(2023, 4, 23).kind == .workday)
        #expect(day(2023, 10, 1).kind == .holiday)
        #expect(day(2023, 10, 6).dayOfHoliday == 7)
        #expect(day(2023, 10, 7).kind == .workday)
        #expect(day(2023, 10, 14).kind == .weekend)
        let year = calendar.days.filter { $0.year == 2023 }
        #expect(year.filter { $0.kind == .holiday }.count == 26)
        #expect(year.filter { $0.kind == .workday && $0.weekday >= 5 }.count == 7)
        #expect(year[0].weekday == 6)
        #expect(year[58].daysLeftInMonth == 0)
    }

    @Test func holidaysAreThoseOf2022() {
        #expect(day(2022, 1, 3).kind == .holiday)
        #expect(day(2022, 1, 4).kind == .workday)
        #expect(day(2022, 1, 30).kind == .workday)
        #expect(day(2022, 1, 31).kind == .holiday)
        #expect(day(2022, 2, 6).kind == .holiday)
        #expect(day(2022, 4, 2).kind == .workday)
        #expect(day(2022, 5, 4).kind == .holiday)
        #expect(day(2022, 6, 3).kind == .holiday)
        #expect(day(2022, 9, 12).kind == .holiday)
        #expect(day(2022, 10, 7).kind == .holiday)
        #expect(day(2022, 10, 9).kind == .workday)
        #expect(day(2022, 12, 31).kind == .holiday)
        let year = calendar.days.filter { $0.year == 2022 }
        #expect(year.count == 365)
        #expect(year.filter { $0.kind == .holiday }.count == 31 + 1)
        #expect(year.filter { $0.kind == .workday && $0.weekday >= 5 }.count == 7)
    }

    @Test func theCalendarHasAYearBefore() {
        #expect(calendar.spans.count == 24)
        #expect(calendar.baseDays == 365)
        #expect(calendar.eventDays == 730)
        #expect(calendar.days.count == 730 + 60)
        #expect(calendar.spans[11].isBase && !calendar.spans[12].isBase)
        #expect(calendar.spans[12].days == 365..<396)
        // Half a year that begins within a month: the year before ends within it.
        let half = CityCalendar(
            SimulationSettings(
                periodStart: CivilDate(dayNumber: 19_375),
                periodEnd: CivilDate(dayNumber: 19_500), daysAfter: 1))
        #expect(half.spans.filter { $0.month == 1 }.count == 3)
        #expect(half.spans.map(\.days.count).reduce(0, +) == half.eventDays)
        let alone = CityCalendar(SimulationSettings(hasBaseYear: false))
        #expect(alone.baseDays == 0 && alone.spans.count == 12)
    }

    /// Events of each day and division of a stream.
    private func daily(
        _ stream: Int, _ settings: SimulationSettings
    ) -> [[Int]] {
        var hours = settled(settings).cells[stream]
        let calendar = CityCalendar(settings)
        return (0..<calendar.eventDays).map { day in
            var counts = [Int](repeating: 0, count: Luoyang.divisions.count)
            for hour in day * 24..<day * 24 + 24 {
                for index in 0..<hours.count(hour: hour) {
                    counts[hours.place(hour: hour, index: index).division] += 1
                }
            }
            return counts
        }
    }

    @Test func weekendsHaveMoreVisitorsAndFewerRegistrations() {
        let days = calendar.days.prefix(calendar.eventDays)
        func mean(_ counts: [[Int]], _ kind: CityDay.Kind) -> Double {
            let own = zip(days, counts).filter {
                $0.0.year == 2023 && $0.0.month >= 3 && $0.0.kind == kind
            }
            return Double(own.reduce(0) { $0 + $1.1.reduce(0, +) }) / Double(own.count)
        }
        let visits = daily(0, settings(events: 100_000))
        let weekend = mean(visits, .weekend) / mean(visits, .workday)
        #expect((1.35...1.75).contains(weekend), "\(weekend)")
        let holiday = mean(visits, .holiday) / mean(visits, .workday)
        #expect((2.4...4.4).contains(holiday), "\(holiday)")
        let jobs = daily(1, settings(events: 100_000))
        #expect(mean(jobs, .weekend) < mean(jobs, .workday) / 5)
        let payments = daily(2, settings(events: 100_000))
        func payment(_ left: Range<Int>) -> Double {
            let own = zip(days, payments).filter {
                $0.0.kind == .workday && left.contains($0.0.daysLeftInMonth)
            }
            return Double(own.reduce(0) { $0 + $1.1.reduce(0, +) }) / Double(own.count)
        }
        #expect(payment(0..<4) > 1.5 * payment(8..<31))
    }

    /// In the mountains, against the other days of the same month and kind.
    @Test func badWeatherKeepsVisitorsFromTheMountains() {
        let settings = settings(events: 200_000)
        let weather = Weather(seed: settings.seed, days: calendar.days)
        let counts = daily(0, settings)
        var bad = 0.0
        var badDays = 0
        var july = 0
        for place in calendar.baseDays..<calendar.eventDays {
            let day = calendar.days[place]
            guard weather.isBad(.mountains, day: place) else { continue }
            badDays += 1
            if day.month == 7 { july += 1 }
            let others = (calendar.baseDays..<calendar.eventDays).filter {
                calendar.days[$0].month == day.month && calendar.days[$0].kind == day.kind
                    && calendar.days[$0].dayOfHoliday == day.dayOfHoliday
                    && !weather.isBad(.mountains, day: $0)
            }
            guard !others.isEmpty else {
                bad += 0.5
                continue
            }
            let usual = others.reduce(0) { $0 + counts[$1][8] }
            bad += Double(counts[place][8] * others.count) / Double(max(usual, 1))
        }
        #expect((20...60).contains(badDays), "\(badDays)")
        #expect(july >= 4)
        #expect((0.3...0.6).contains(bad / Double(badDays)), "\(bad / Double(badDays))")
    }

    @Test func anEpisodeIsVisibleAndTheMonthKeepsItsTotal() throws {
        var settings = settings(events: 100_000)
        let from = try #require(CivilDate(iso: "2023-07-08"))
        settings.scenario.episodes = [
            .init(
                .tourism, divisions: [410_324], from: from, to: from.adding(days: 20), factor: 200)
        ]
        let usual = daily(0, self.settings())
        let struck = daily(0, settings)
        let first = Int(from.dayNumber - calendar.firstDay)
        func sum(_ counts: [[Int]], _ days: Range<Int>, _ division: Int) -> Int {
            days.reduce(0) { $0 + counts[$1][division] }
        }
        #expect(
            sum(struck, first..<first + 21, 8) * 3 < sum(usual, first..<first + 21, 8))
        #expect(sum(struck, first..<first + 21, 6) > sum(usual, first..<first + 21, 6))
        let truths = (settled(settings).truth, settled(self.settings()).truth)
        for span in 0..<24 {
            #expect(
                truths.0.total(truths.0.tourism, class: 0, span: span)
                    == truths.1.total(truths.1.tourism, class: 0, span: span))
        }
        #expect(truths.0.tourism.totals[18 * 15 + 8] < truths.1.tourism.totals[18 * 15 + 8] * 3 / 4)
    }

    private func settings() -> SimulationSettings { settings(events: 100_000) }

    private func settings(events: Int) -> SimulationSettings {
        SimulationSettings(eventsPerYear: events)
    }

    @Test func aSilentFeedSendsEverythingLater() throws {
        var settings = settings(events: 20_000)
        let from = try #require(CivilDate(iso: "2023-09-04"))
        settings.scenario.episodes = [
            .init(
                .employment, divisions: [410_305, 410_329], from: from, to: from.adding(days: 9),
                isSilent: true)
        ]
        let start = Int64(from.dayNumber) * 86_400_000 - EventSource.zoneMilliseconds
        let end = start + 10 * 86_400_000
        var held = 0
        for record in records(settings) where record.stream == .employment {
            switch record.kind {
            case .plain, .outOfOrder, .late: break
            default: continue
            }
            let event = try ReadEvent(record)
            let division = try #require(event.data["division"] as? String)
            let time = record.timestampMilliseconds
            let isSilent = division == "410305" || division == "410329"
            let local = try ReadEvent.local(event.time)
            let happened = local >= "2023-09-04" && local < "2023-09-14"
            if isSilent && happened {
                #expect(time >= end && time < end + 86_400_000)
                held += 1
            }
        }
        #expect(held > 10)
        let counted = try CountedCity(records(settings))
        #expect(
            counted.sums
                == CountedCity.expected(settled(settings).truth, CityCalendar(settings)))
    }

    @Test func theBaseYearIsThereAndThinner() throws {
        let settings = settings(events: 50_000)
        let simulation = CitySimulation(settings: settings)
        let start = simulation.periodStart.microseconds / 1_000
        let kinds = Set(
            records(settings).prefix { $0.timestampMilliseconds < start }.map(\.kind))
        #expect(kinds.isSubset(of: [.plain, .tick, .reading]))
        var counts = [0, 0]
        for record in records(settings) where record.kind != .tick {
            guard record.stream != .measurements, record.kind != .tombstone else { continue }
            if case .corrupt = record.kind { continue }
            let local = try ReadEvent.local(try ReadEvent(record).time)
            if local < "2023" {
                counts[0] += 1
                #expect(record.timestampMilliseconds < start)
            } else {
                counts[1] += 1
            }
        }
        #expect(counts[0] * 8 < counts[1] && counts[0] * 12 > counts[1], "\(counts)")
    }

    @Test func foreignersComeBackLate() throws {
        var months: [String: Int] = [:]
        for record in records(settings(events: 100_000)) where record.stream == .tourism {
            guard record.kind == .plain else { continue }
            let event = try ReadEvent(record)
            guard let origin = event.data["origin"] as? String, !origin.hasPrefix("CN-") else {
                continue
            }
            months[String(event.time.prefix(7)), default: 0] += 1
        }
        let spring = ["01", "02", "03"].reduce(0) { $0 + (months["2023-" + $1] ?? 0) }
        let autumn = ["10", "11", "12"].reduce(0) { $0 + (months["2023-" + $1] ?? 0) }
        #expect(autumn > 3 * max(spring, 1), "\(months)")
    }
}
