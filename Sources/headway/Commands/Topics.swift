import Contracts
import Foundation
import Kafka

/// `headway topics plan` and `apply`: the topics that Topics/ declares against those of the
/// cluster.
enum Topics {
    private static let replication = Option.value(
        "replication", "N", environment: "HEADWAY_REPLICATION",
        "copies of new topics (default: the cluster's)")

    static let plan = Command(
        words: ["topics", "plan"],
        summary: "Show how the cluster's topics differ from Topics/",
        discussion: "Changes nothing. Exit 2 when something differs.",
        options: [
            Connections.brokers, Connections.kafka, Connections.dataDirectory, Folders.topics,
        ],
        examples: [
            .init(line: "headway topics plan", what: "what `topics apply --execute` would do"),
            .init(line: "headway topics plan -o json", what: "the same, one difference a line"),
        ],
        run: { invocation, surroundings in
            let differences = try withAdmin(invocation) { admin, catalogue in
                try TopicDifference.all(catalogue.topics, on: admin)
            }
            for difference in differences { show(difference, invocation, surroundings) }
            if differences.isEmpty && !invocation.json {
                surroundings.print("all topics are as declared")
            }
            return differences.isEmpty ? .success : .differences
        })

    static let apply = Command(
        words: ["topics", "apply"],
        summary: "Create and change topics as Topics/ declares them",
        discussion: """
            Creates what is missing and sets what differs.
            Never deletes a topic, and never changes a count of partitions: it decides where a key lives.
            """,
        options: [
            .flag("execute", "do it; without it only show what would be done"), replication,
            Connections.brokers,
            Connections.kafka, Connections.dataDirectory, Folders.topics,
        ],
        examples: [
            .init(
                line: "headway topics apply",
                what: "show what would be done (exit 2 when there is something)"),
            .init(line: "headway topics apply --execute", what: "do it"),
        ],
        run: apply)

    private static func apply(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let replicas = try invocation.integer("replication", in: 1...100)
        return try withAdmin(invocation) { admin, catalogue in
            let differences = try TopicDifference.all(catalogue.topics, on: admin)
            if let wrong = differences.first(where: { !$0.canBeApplied }) {
                throw CommandFailure(wrong.sentence)
            }
            if invocation.flag("execute") {
                try TopicDifference.apply(differences, on: admin, replication: replicas)
            }
            for difference in differences { show(difference, invocation, surroundings) }
            if differences.isEmpty && !invocation.json {
                surroundings.print("all topics are as declared")
            }
            if !invocation.flag("execute") && !differences.isEmpty {
                if !invocation.json { surroundings.print("nothing was changed; --execute does it") }
                return .differences
            }
            return .success
        }
    }

    private static func show(
        _ difference: TopicDifference, _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        guard invocation.json else { return surroundings.print(difference.sentence) }
        surroundings.print(
            JSONValue.object([
                ("topic", .text(difference.topic)), ("difference", .text(difference.kind)),
                ("declared", .text(difference.declared)), ("found", .optional(difference.found)),
                ("sentence", .text(difference.sentence)),
            ]).compact)
    }

    private static func withAdmin<R>(
        _ invocation: Invocation, _ body: (borrowing KafkaAdmin, Catalogue) throws -> R
    ) throws -> R {
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let settings = try KafkaSettings.admin(brokers: Connections.brokers(invocation))
            .merging(Connections.properties(invocation))
        let admin = try KafkaAdmin(settings: settings)
        return try body(admin, catalogue)
    }
}
