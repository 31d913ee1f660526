import Contracts
import Kafka
import Ledger
import Relay

/// Rows and outputs for tests.
enum Rows {
    static let outputs: RelayOutputs = outputs(suffix: "")

    static func outputs(suffix: String) -> RelayOutputs {
        let roles: [(OutputContract.Role, String)] = [
            (.status, "status"), (.changes, "changes"), (.deadLetters, "dead")
        ]
        let catalogue = Catalogue(
            streams: [],
            outputs: roles.map { role, name in
                OutputContract(
                    role: role,
                    topic: TopicContract(name: name + suffix, partitions: 1, settings: [:]))
            }, plans: [])
        guard let outputs = RelayOutputs(catalogue: catalogue) else { preconditionFailure("roles") }
        return outputs
    }

    static func change(
        _ sequence: Int64, plan: String = "p", target: String = "t", data: String? = nil
    ) -> RelayChange {
        RelayChange(
            plan: plan, sequence: sequence, target: target,
            decidedAt: 1_688_140_800_000_000 + sequence * 1_000_000,
            data: data ?? "{\"sequence\":\(sequence)}")
    }

    static func letter(
        _ offset: Int64, generation: Int32 = 1, bytes: Int64 = 10, repeated: Bool = false
    ) -> RelayDeadLetter {
        RelayDeadLetter(
            topic: "in", partition: 0, generation: generation, offset: offset, stage: "decode",
            reason: "bad_json", message: "byte 3", key: [1], value: [2, 3],
            headerNames: [Array("own".utf8)], headerValues: [[9]], recordTime: 1_000_000,
            bytes: bytes, isRepeated: repeated)
    }

    static func batch(
        _ changes: [RelayChange], _ letters: [RelayDeadLetter] = [],
        after marks: [RelayShard: Int64] = [:]
    ) throws -> RelayBatch {
        let rows = RelayRows(changes: changes, deadLetters: letters)
        let batch = try RelayBatch.assemble(rows, after: marks, outputs: outputs, limits: .init())
        guard let batch else { throw RelayContradiction("no batch") }
        return batch
    }

    static let changes = RelayShard.changes(plan: "p")
    static let letters = RelayShard.deadLetters(topic: "in", partition: 0, generation: 1)
    static let changesPlace = TopicPartition(topic: "changes", partition: 0)
    static let statusPlace = TopicPartition(topic: "status", partition: 0)
    static let deadPlace = TopicPartition(topic: "dead", partition: 0)

    /// Tails with nothing under way: the ends, and what stands before them.
    static func tails(
        changes: [RelayTrace] = [], dead: [RelayTrace] = [], high: Int64 = 10, low: Int64 = 0,
        after: [TopicPartition: [UInt64]] = [:]
    ) -> [RelayTail] {
        let marks = Watermarks(low: low, high: high)
        return [
            RelayTail(place: statusPlace, marks: marks, after: after[statusPlace] ?? []),
            RelayTail(
                place: changesPlace, marks: marks, before: changes,
                after: after[changesPlace] ?? []),
            RelayTail(place: deadPlace, marks: marks, before: dead, after: after[deadPlace] ?? [])
        ]
    }
}
