extension CityTruth {
    /// The truth of settings with everything that is drawn from it: worked out once, in the order
    /// in which one needs the other.
    struct Settled: Sendable {
        /// All of it, stories included.
        let truth: CityTruth
        /// Has what is left for the events that are drawn.
        let source: EventSource
        let cells: [HourCells]
        let stories: [Story]

        init(_ settings: SimulationSettings, _ calendar: CityCalendar) {
            let weather = Weather(seed: settings.seed, days: calendar.days)
            let streams: [SimulatedStream] = [.tourism, .employment, .investment]
            let rhythms = streams.map { stream in
                Rhythm(
                    stream, calendar,
                    weights: DayWeight(stream: stream, seed: settings.seed, weather: weather),
                    episodes: settings.scenario.episodes)
            }
            truth = CityTruth(settings.scenario, calendar, rhythms: rhythms)
            var projects = Projects(truth.investment, calendar, seed: settings.seed)
            // Stories first: what they tell is no longer the other events' to add up to.
            var teller = StoryTeller(
                settings.scenario, calendar, projects: projects, truth: truth)
            teller.tell()
            var rest = teller.truth
            rest.setCounts(eventsPerYear: settings.eventsPerYear)
            projects.follow(rest.investment.counts, seed: settings.seed)
            source = EventSource(
                seed: settings.seed, calendar: calendar, shares: settings.shares, truth: rest,
                projects: projects, weather: weather)
            cells = zip(rest.all, rhythms).map {
                HourCells($0, $1, seed: settings.seed)
            }
            stories = teller.stories
        }
    }
}
