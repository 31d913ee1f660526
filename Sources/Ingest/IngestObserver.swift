/// Facts that an ingest instance tells. Called on its threads: answer quickly.
package protocol IngestObserver: Sendable {
    /// The partitions are owned from now on, with their terms.
    func lanesClaimed(stream: String, partitions: [Int32], terms: [Int64])
    /// A batch is in the ledger.
    func batchCommitted(stream: String, records: Int64, deadLetters: Int)
    /// The group took the partitions away.
    func lanesRevoked(stream: String, lost: Bool)
    /// A partition stands still until an operator resumes it.
    func laneHalted(stream: String, partition: Int32, state: String, detail: String)
    /// Everything in memory was dropped; the service begins anew from the ledger.
    func restarting(stream: String, reason: String)
    /// The client is in trouble that passes by itself.
    func troubled(stream: String, failure: String)
}

extension IngestObserver {
    package func lanesClaimed(stream: String, partitions: [Int32], terms: [Int64]) {}
    package func batchCommitted(stream: String, records: Int64, deadLetters: Int) {}
    package func lanesRevoked(stream: String, lost: Bool) {}
    package func laneHalted(stream: String, partition: Int32, state: String, detail: String) {}
    package func restarting(stream: String, reason: String) {}
    package func troubled(stream: String, failure: String) {}
}

/// Hears nothing.
package struct SilentIngestObserver: IngestObserver {
    package init() {}
}
