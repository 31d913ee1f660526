import Contracts
import Judge
import Ledger

/// Reads Topics/plans again whenever a file there changes, and on SIGHUP, and has the judge take up
/// what is in order. What is not is told with its line, and the plan stays as it was.
final class PlanWatch: Service {
    private let topics: String
    private let streams: [StreamContract]
    private let initial: [PlanContract]
    private let takeUp: @Sendable ([PlanContract]) -> Void
    private let log: Log
    private let watch: FolderWatch

    /// Throws where the process may open no more files.
    init(
        topics: String, catalogue: Catalogue, log: Log,
        takeUp: @escaping @Sendable ([PlanContract]) -> Void
    ) throws {
        self.topics = topics
        streams = catalogue.streams
        initial = catalogue.plans
        self.takeUp = takeUp
        self.log = log
        watch = try FolderWatch([topics, topics + "/plans", topics + "/streams"])
    }

    func stop() { watch.stop() }

    /// Reads again, whether or not a change was told. Any thread.
    func readAgain() { watch.poke() }

    func run() {
        if !watch.isWatching {
            log.warning(
                "changes of plans are not told here: send SIGHUP after an edit",
                [.service: "judge", .path: topics])
        }
        var inForce = PlansInForce(initial)
        var seenStreams = streams
        // The files may have changed since they were read first.
        repeat {
            lookAtStreams(&seenStreams)
            let (files, problems) = CatalogueReport.readPlans(topics, streams: streams)
            let outcome = inForce.read(files, problems)
            tell(outcome)
            if outcome.isChanged { takeUp(inForce.plans) }
        } while watch.wait() != .stopped
    }

    private func tell(_ outcome: PlansInForce.Outcome) {
        for problem in outcome.problems {
            log.error(
                "plan not taken up", [.service: "judge", .detail: "\(problem)"])
        }
        for plan in outcome.orphaned {
            log.warning(
                "the plan has no file any more and stays in force until the next start",
                [.service: "judge", .plan: plan])
        }
        if outcome.isMended {
            log.info("plans are in order again", [.service: "judge", .path: topics + "/plans"])
        }
    }

    /// Tells once what each edit of the streams leaves undone.
    private func lookAtStreams(_ seen: inout [StreamContract]) {
        guard let now = CatalogueReport.readStreams(topics), now != seen else { return }
        seen = now
        let names = Set(streams.map(\.name)).union(now.map(\.name)).sorted().filter { name in
            streams.first { $0.name == name } != now.first { $0.name == name }
        }
        guard !names.isEmpty else { return }
        log.warning(
            "streams were edited: that takes effect with the next start",
            [.service: "judge", .stream: names.joined(separator: ",")])
    }
}
