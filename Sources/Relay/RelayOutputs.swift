package import Contracts
package import Kafka

/// Where the relay's records go.
package struct RelayOutputs: Sendable, Equatable {
    package struct Output: Sendable, Equatable {
        package var name: String
        /// As the contract says: a key keeps its partition even when the topic has grown.
        package var partitions: Int32
        /// What the topic takes in one record.
        package var recordBytesMax: Int64
    }

    package var status: Output
    package var changes: Output
    package var deadLetters: Output

    /// Nil when one of the three outputs is not declared.
    package init?(catalogue: Catalogue) {
        func output(_ role: OutputContract.Role) -> Output? {
            guard let topic = catalogue.output(role)?.topic else { return nil }
            let bytes = topic.settings["max.message.bytes"].flatMap { Int64($0) } ?? 1_048_588
            return Output(
                name: topic.name, partitions: Int32(clamping: topic.partitions),
                recordBytesMax: bytes)
        }
        guard let status = output(.status), let changes = output(.changes),
            let deadLetters = output(.deadLetters)
        else { return nil }
        self.status = status
        self.changes = changes
        self.deadLetters = deadLetters
    }

    package var all: [Output] { [status, changes, deadLetters] }

    /// Every partition that is written to.
    package var places: [TopicPartition] {
        all.flatMap { output in
            (0..<output.partitions).map { TopicPartition(topic: output.name, partition: $0) }
        }
    }

    /// The partition of a key: a hash of our own, because the library's choice would follow the
    /// topic's growth.
    static func place(_ output: Output, key: [UInt8]?) -> TopicPartition {
        var hash = StableHash()
        hash.add(key)
        let partition = hash.value % UInt64(max(1, output.partitions))
        return TopicPartition(topic: output.name, partition: Int32(partition))
    }
}

/// An output topic is not there, or has fewer partitions than its contract says. It is waited for.
struct RelayOutputMissing: Error, CustomStringConvertible {
    let output: RelayOutputs.Output
    let partitions: Int

    var description: String {
        partitions == 0
            ? "topic \(output.name) does not exist: `headway topics apply` creates it"
            : "topic \(output.name) has \(partitions) partitions instead of \(output.partitions)"
    }
}

/// FNV-1a, 64 bits: the same in every process and version.
struct StableHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: [UInt8]?) {
        guard let bytes else { return add(UInt64.max) }
        add(UInt64(bytes.count))
        for byte in bytes { mix(byte) }
    }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            mix(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private mutating func mix(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
}
