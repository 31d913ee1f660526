package import Contracts
package import Kafka
internal import Ledger
package import Postgres

/// Compares what was published with the ledger: the change log word for word and in order, the
/// latest state of each target, the dead letters.
///
/// Marks are read before the topics and the log after them, so that what is published meanwhile
/// makes no difference: the topics hold at least what the marks say, and the log at least what the
/// topics hold.
package struct OutputComparison: ~Copyable {
    private var connection: PostgresConnection
    private let settings: KafkaSettings
    private let catalogue: Catalogue
    private var marks: [String: Int64] = [:]

    package init(
        connection: consuming PostgresConnection, settings: KafkaSettings, catalogue: Catalogue
    ) throws(PostgresFailure) {
        self.connection = connection
        self.settings = settings
        self.catalogue = catalogue
        for row in try self.connection.query("select shard, published from ledger.relay_mark") {
            marks[row.text(0)] = row.int8(1)
        }
    }

    /// Throws where a topic or the ledger cannot be read.
    package mutating func findings() throws -> [InvariantFinding] {
        var findings: [InvariantFinding] = []
        var changes: [OutputTopicReader.Record] = []
        var states: [String: OutputTopicReader.Record] = [:]
        if let topic = catalogue.output(.changes)?.topic {
            try OutputTopicReader.read(topic.name, partitions: topic.partitions, settings: settings)
            {
                changes.append($0)
            }
        }
        if let topic = catalogue.output(.status)?.topic {
            try OutputTopicReader.read(topic.name, partitions: topic.partitions, settings: settings)
            {
                states[$0.key ?? ""] = $0
            }
        }
        let log = try changeLog()
        findings.append(try gapFree(log))
        findings.append(published(changes, log))
        findings.append(latest(states, log))
        findings.append(try deadLetters())
        return findings
    }

    /// By plan, the published text of each sequence number.
    private mutating func changeLog() throws -> [String: [Int64: (target: String, data: String)]] {
        var log: [String: [Int64: (target: String, data: String)]] = [:]
        for row in try connection.query(
            "select plan, sequence, target, data from ledger.status_change")
        {
            log[row.text(0), default: [:]][row.int8(1)] = (row.text(2), row.text(3))
        }
        return log
    }

    private mutating func gapFree(
        _ log: [String: [Int64: (target: String, data: String)]]
    ) throws -> InvariantFinding {
        let rows = try connection.query(
            """
            select p.id, count(c.sequence), coalesce(min(c.sequence), 1), coalesce(max(c.sequence), 0), p.last_sequence
            from ledger.plan p left join ledger.status_change c on c.plan = p.id group by p.id order by p.id
            """)
        var checked: Int64 = 0
        for row in rows {
            let (count, low, high, last) = (row.int8(1), row.int8(2), row.int8(3), row.int8(4))
            checked += count
            guard low == 1 && high == count && last == count else {
                return InvariantFinding(
                    invariant: "change_log_gap_free", ok: false, checked: checked,
                    detail:
                        "\(row.text(0)): \(count) changes from \(low) to \(high), the plan is at \(last)"
                )
            }
        }
        let plans = rows.map { $0.text(0) }.joined(separator: ", ")
        return InvariantFinding(
            invariant: "change_log_gap_free", ok: true, checked: checked, detail: plans)
    }

    /// Committed readers see each sequence number once, in order, word for word.
    private func published(
        _ changes: [OutputTopicReader.Record],
        _ log: [String: [Int64: (target: String, data: String)]]
    ) -> InvariantFinding {
        let name = "changes_topic_equals_log"
        func wrong(_ detail: String) -> InvariantFinding {
            InvariantFinding(
                invariant: name, ok: false, checked: Int64(changes.count), detail: detail)
        }
        var last: [String: Int64] = [:]
        for change in changes {
            guard let (plan, sequence) = OutputComparison.identity(change) else {
                return wrong("offset \(change.offset) carries no PLAN/SEQUENCE in ce_id")
            }
            guard sequence == last[plan, default: 0] + 1 else {
                return wrong(
                    "offset \(change.offset): \(plan)/\(sequence) follows \(last[plan, default: 0])"
                )
            }
            last[plan] = sequence
            guard let row = log[plan]?[sequence], row.data == change.value,
                change.key == "\(plan)/\(row.target)"
            else {
                return wrong(
                    "offset \(change.offset): \(plan)/\(sequence) is not what the change log has")
            }
        }
        for (shard, mark) in marks {
            guard let plan = RelayName.plan(of: shard), last[plan, default: 0] < mark else {
                continue
            }
            return wrong(
                "\(plan): the topic ends at \(last[plan, default: 0]), published is \(mark)")
        }
        return InvariantFinding(
            invariant: name, ok: true, checked: Int64(changes.count),
            detail: last.keys.sorted().joined(separator: ", "))
    }

    /// The last record of each key is the last change of its target that is published.
    private func latest(
        _ states: [String: OutputTopicReader.Record],
        _ log: [String: [Int64: (target: String, data: String)]]
    ) -> InvariantFinding {
        let name = "status_topic_equals_log"
        func wrong(_ detail: String) -> InvariantFinding {
            InvariantFinding(
                invariant: name, ok: false, checked: Int64(states.count), detail: detail)
        }
        var found: [String: Int64] = [:]
        for (key, state) in states {
            guard let (plan, sequence) = OutputComparison.identity(state),
                let row = log[plan]?[sequence],
                row.data == state.value, key == "\(plan)/\(row.target)"
            else { return wrong("\(key): offset \(state.offset) is not what the change log has") }
            found[key] = sequence
        }
        for (shard, mark) in marks {
            guard let plan = RelayName.plan(of: shard) else { continue }
            var newest: [String: Int64] = [:]
            for (sequence, row) in log[plan] ?? [:] where sequence <= mark {
                newest[row.target] = max(newest[row.target] ?? 0, sequence)
            }
            for (target, sequence) in newest where found["\(plan)/\(target)", default: 0] < sequence
            {
                return wrong(
                    "\(plan)/\(target): the topic has \(found["\(plan)/\(target)", default: 0]), published is \(sequence)"
                )
            }
        }
        return InvariantFinding(
            invariant: name, ok: true, checked: Int64(states.count),
            detail: "latest state of each target")
    }

    /// `PLAN/SEQUENCE` of a record's `ce_id`.
    private static func identity(_ record: OutputTopicReader.Record) -> (
        plan: String, sequence: Int64
    )? {
        guard let id = record.headers["ce_id"], let slash = id.lastIndex(of: "/"),
            let sequence = Int64(id[id.index(after: slash)...])
        else { return nil }
        return (String(id[..<slash]), sequence)
    }

    /// Each published dead letter is one of the ledger's, and once there; none is missing unless retention took
    /// the topic's beginning.
    private mutating func deadLetters() throws -> InvariantFinding {
        let name = "dead_letters_topic_equals_ledger"
        guard let topic = catalogue.output(.deadLetters)?.topic else {
            return InvariantFinding(invariant: name, ok: true, checked: 0, detail: "no output")
        }
        var seen: [String: Int] = [:]
        var times: [String: (published: Int64, header: String?)] = [:]
        let isWhole = try OutputTopicReader.read(
            topic.name, partitions: topic.partitions, settings: settings
        ) { record in
            let id = record.headers["headway_dead_letter_id"] ?? ""
            seen[id, default: 0] += 1
            times[id] = (
                record.timestampMilliseconds, record.headers[RelayDeadLetter.timestampHeader]
            )
        }
        func finding(_ ok: Bool, _ detail: String) -> InvariantFinding {
            InvariantFinding(invariant: name, ok: ok, checked: Int64(seen.count), detail: detail)
        }
        if let twice = seen.first(where: { $0.value > 1 }) {
            return finding(false, "\(twice.key) is there \(twice.value) times")
        }
        var strange = Set(seen.keys)
        var taken = 0
        let keepsTimes = topic.settings["message.timestamp.type"] != "LogAppendTime"
        let rows = try connection.query(
            """
            select tp.topic || '/' || tp.partition || '/' || d.record_offset, d.record_offset,
                'dead_letters/' || tp.topic || '/' || tp.partition || '/' || d.generation,
                d.record_time
            from ledger.dead_letter d join ledger.topic_partition tp on tp.id = d.topic_partition
            """)
        for row in rows {
            if strange.remove(row.text(0)) != nil {
                guard keepsTimes, let own = row.optionalTimestamp(3), own > 0,
                    let time = times[row.text(0)]
                else { continue }
                if RelayDeadLetter.mayBePublished(
                    own / 1_000, under: time.published, header: time.header)
                { continue }
                return finding(false, "\(row.text(0)) is in the topic under another time")
            }
            guard row.int8(1) <= marks[row.text(2)] ?? -1 else { continue }
            taken += 1
            if isWhole { return finding(false, "\(row.text(0)) is published and not in the topic") }
        }
        if let first = strange.min() { return finding(false, "\(first) is not in the ledger") }
        return finding(true, taken == 0 ? topic.name : "\(topic.name), \(taken) taken by its retention")
    }
}

/// Names of the relay's shards.
private enum RelayName {
    /// Of `changes/PLAN`, the plan.
    static func plan(of shard: String) -> String? {
        shard.hasPrefix("changes/") ? String(shard.dropFirst("changes/".count)) : nil
    }
}
