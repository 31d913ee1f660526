import Contracts
import Simulation

extension City.Plan {
<<<<<<< HEAD
    /// As the options --seed, --events and --speed say. Throws `UsageFailure` for what they do not
    /// take, `CommandFailure` for a plan of another place.
=======
    /// As the scenario and the options --seed, --events and --speed say. Throws `UsageFailure` for what they do not
    /// take.
>>>>>>> 3e5588e (Scenarios tell the year: series of all measured targets follow a file, no table of the program; four of them, chosen by --scenario)
    init(
        _ invocation: Invocation, _ choice: Scenarios.Choice, _ catalogue: Catalogue,
        dataPath: String
    ) throws {
<<<<<<< HEAD
        guard plan.division == SimulationSettings.division else {
            throw CommandFailure(
                "the plan \(plan.id) is of division \(plan.division), and the simulated city is "
                    + "Luoyang (\(SimulationSettings.division)): send events of your own "
                    + "(headway up --no-simulation), or give --plan with a plan of that city")
        }
=======
        let plan = choice.plan
>>>>>>> 3e5588e (Scenarios tell the year: series of all measured targets follow a file, no table of the program; four of them, chosen by --scenario)
        let seed = UInt64(try invocation.integer("seed", in: 0...Int.max) ?? 1)
        let events = try invocation.integer("events", in: 2_000...100_000_000) ?? 1_000_000
        let text = try invocation.required("speed")
        if text != "max" {
            guard let value = Double(text), value >= 0.001, value <= 1e9 else {
                throw UsageFailure(
                    message: "--speed takes `max` or a number above 0, not \(text)",
                    command: invocation.words)
            }
            speed = value
        }
        topics = Dictionary(
            catalogue.streams.map { ($0.name, $0.topic.name) },
            uniquingKeysWith: { first, _ in first })
        let partitions = SimulatedStream.allCases.map { stream in
            catalogue.stream(named: stream.name)?.topic.partitions ?? 1
        }
        settings = SimulationSettings(
            seed: seed, periodStart: plan.periodStart, periodEnd: plan.periodEnd,
            eventsPerYear: events, partitions: partitions,
            indicators: choice.scenario.map {
                SimulatedIndicator.indicators(of: plan, in: $0, seed: seed)
            } ?? [])
        if let scenario = choice.scenario { settings.shares.take(scenario.disturbances) }
        planID = plan.id
        self.dataPath = dataPath
    }
}
