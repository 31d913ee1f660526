/// What the broker does unasked about old records: a round each `retentionCheckMilliseconds`, none at
/// the start, so that a past which is older than its topics' retention can be looked at. Compactions
/// are done one after the other, each on a thread.
struct Housekeeping {
    fileprivate(set) var nextRound: Int64 = 0
    fileprivate var waiting: [TopicPartition] = []
    fileprivate var compacting: TopicPartition?
    /// Set by the loop: runs a job aside and tells the broker. Without it jobs run at once.
    var runAside: ((CompactionJob) throws -> Void)?
}

extension Broker {
    func keepHouse() throws {
        guard monotonic >= housekeeping.nextRound else { return }
        let isFirst = housekeeping.nextRound == 0
        housekeeping.nextRound = monotonic + settings.retentionCheckMilliseconds
        if isFirst { return }
        // A compaction counts on its segments.
        for partition in partitions.values where partition.name != housekeeping.compacting {
            do throws(StorageFailure) {
                if try partition.retain(now: wall) { touched(partition) }
            } catch {
                report("retention: \(error)")
            }
        }
        housekeeping.waiting = partitions.values.filter(\.settings.isCompacted).map(\.name)
        compactNext()
    }

    private func compactNext() {
        while housekeeping.compacting == nil, let name = housekeeping.waiting.popLast() {
            do {
                guard
                    let job = try partitions[name]?.compactionJob(
                        now: wall, unpackedBytesMax: settings.limits.unpackedBytesMax)
                else { continue }
                housekeeping.compacting = name
                if let runAside = housekeeping.runAside {
                    try runAside(job)
                } else {
                    compacted(job, Result { try job.run() })
                }
            } catch {
                housekeeping.compacting = nil
                report("\(name.topic)-\(name.partition) is not compacted: \(error)")
            }
        }
    }

    /// A job has ended. Where its keys did not all find room, the next begins.
    func compacted(_ job: CompactionJob, _ result: Result<CompactionJob.Outcome, any Error>) {
        housekeeping.compacting = nil
        if let partition = partitions[job.partition], partition.folder == job.folder {
            do {
                try partition.compacted(job, result.get(), now: wall)
                touched(partition)
                housekeeping.waiting.append(job.partition)
            } catch {
                report(
                    "\(job.partition.topic)-\(job.partition.partition) is not compacted: \(error)")
            }
        }
        compactNext()
    }
}
