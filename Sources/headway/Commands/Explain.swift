import Contracts
import Foundation
import Kafka
import Postgres
import Replay

/// `headway explain`: why a status changed, and whether the same follows from the log.
enum Explain {
    static let command = Command(
        words: ["explain"],
        summary: "Why a status changed, recomputed from the log",
        discussion: """
            Tells what was counted and what was expected, by which thresholds and timers the status changed, and what
            had come. Then reads the target's topics again, from their first offset up to the change's positions, by
            the same contract and without the ledger's sums, judges by the same rounds, and compares the outcome with
            what was published: `same`, or member by member where it differs. Changes nothing.
            Exit 0 when it is the same, 2 when it differs, 1 when it cannot be recomputed.
            """,
        positionals: [
            .init(
                name: "CHANGE", required: true,
                help:
                    "PLAN/SEQUENCE as in ce_id, a sequence number, or a target's id: its latest change"
            )
        ],
        options: [
            .value(
                "plan", "PLAN", environment: "HEADWAY_PLAN",
                "the plan of a bare number or target (default: the only one that has it)"),
            .flag("no-recompute", "only what the ledger has: needs no broker"),
            Language.option, Connections.brokers, Connections.kafka, Connections.database,
            Connections.dataDirectory, Folders.topics,
        ],
        examples: [
            .init(line: "headway explain luoyang-2023/42", what: "one change of the log"),
            .init(line: "headway explain tourism.visitors", what: "a target's latest change"),
            .init(
                line: "headway explain 42 -o json --no-recompute",
                what: "as one object, from the ledger alone"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let language = try Language.chosen(invocation)
        var database = try Connections.database(invocation, role: "explain")
        (database.statementTimeout, database.callTimeout) = (.seconds(120), .seconds(130))
        var connection = try PostgresConnection(database)
        let name = ChangeLookup.Name(invocation.positionals[0], plan: invocation["plan"])
        let (plan, sequence) = try found(try ChangeLookup.find(name, on: &connection))
        guard
            let recorded = try RecordedChange.read(
                plan: plan, sequence: sequence, on: &connection)
        else {
            throw CommandFailure("plan \(plan) has no change \(sequence)")
        }
        var account = ExplainAccount(recorded: recorded, language: language)
        if !invocation.flag("no-recompute") {
            try recompute(&account, invocation, surroundings)
        }
        surroundings.print(invocation.json ? try account.json.compact : try account.text)
        switch account.result?.outcome {
        case nil, .same: return .success
        case .differs: return .differences
        case .impossible(let reason):
            throw CommandFailure("\(plan)/\(sequence) cannot be recomputed: \(reason)")
        }
    }

    private static func recompute(
        _ account: inout ExplainAccount, _ invocation: Invocation, _ surroundings: Surroundings
    ) throws {
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let reader = try KafkaSettings.reader(brokers: Connections.brokers(invocation))
            .merging(Connections.properties(invocation))
        let replay = ChangeReplay(
            account.recorded, streams: catalogue.streams, settings: reader)
        let total = replay.total
        let progress = ProgressBar(label: account.recorded.target, total: total, unit: "records")
        let clock = ContinuousClock()
        let began = clock.now
        do {
            account.result = try replay.run { passed in
                // Elsewhere than on a terminal a line is worth it only where it takes long.
                let isShown =
                    Terminal.errorIsTerminal || began.duration(to: clock.now) > .seconds(5)
                if isShown { progress.update(done: min(passed, total)) }
                return !surroundings.stop.isRequested
            }
            account.elapsed = began.duration(to: clock.now)
            if Terminal.errorIsTerminal { progress.finish() }
        } catch let failure as KafkaFailure where failure.isUnreachable {
            throw CommandFailure(
                "no broker answers (\(failure.code)), so nothing can be recomputed: check HEADWAY_BROKERS, "
                    + "or add --no-recompute to see what the ledger has")
        }
    }

    /// Throws with what there is where nothing was found.
    private static func found(_ outcome: ChangeLookup.Outcome) throws -> (String, Int64) {
        switch outcome {
        case .found(let plan, let sequence): return (plan, sequence)
        case .nothingYet: throw CommandFailure("no status has changed yet: the change log is empty")
        case .unknownPlan(let plan, let plans):
            throw CommandFailure(
                "no plan \(plan) has changes\(Spelling.hint(for: plan, in: plans)) "
                    + "(\(plans.joined(separator: ", ")))")
        case .whichPlan(let plans):
            throw CommandFailure(
                "several plans have that (\(plans.joined(separator: ", "))): name one with --plan")
        case .unknownSequence(let sequence, let plan, let last):
            throw CommandFailure(
                "plan \(plan) has changes 1 to \(last), and none with number \(sequence)")
        case .unknownTarget(let target, let targets):
            throw CommandFailure(
                "there is no target \(target)\(Spelling.hint(for: target, in: targets)); "
                    + "`headway status` lists them")
        case .unjudgedTarget(let target, let plan):
            throw CommandFailure("\(target) of \(plan) was not judged yet")
        }
    }
}
