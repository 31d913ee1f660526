import Contracts
import Simulation

extension City.Plan {
    /// As the scenario and the options --seed, --events and --speed say. Throws `UsageFailure` for
    /// what they do not take, `CommandFailure` for a plan of another place.
    init(
        _ invocation: Invocation, _ choice: Scenarios.Choice, _ catalogue: Catalogue,
        dataPath: String
    ) throws {
        let plan = choice.plan
        try City.Plan.requireOwnCity(plan)
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
            eventsPerYear: events, partitions: partitions)
        if let scenario = choice.scenario {
            settings.scenario = CityScenario(scenario, plan: plan)
            settings.shares = DisturbanceShares(scenario)
            settings.indicators = SimulatedIndicator.indicators(
                of: plan, in: scenario, seed: seed)
        }
        planID = plan.id
        scenario = choice.scenario?.id ?? "-"
        self.dataPath = dataPath
    }

    /// Events of one city under the plan of another would be judged as nothing at all.
    static func requireOwnCity(_ plan: PlanContract) throws {
        guard plan.division == SimulationSettings.division else {
            throw CommandFailure(
                "the plan \(plan.id) is of division \(plan.division), and the simulated city is "
                    + "Luoyang (\(SimulationSettings.division)): send events of your own "
                    + "(headway up --no-simulation), or give --plan with a plan of that city")
        }
    }
}
