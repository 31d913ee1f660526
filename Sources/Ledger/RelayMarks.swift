package import Postgres

/// One ordered source of records that the relay publishes.
package enum RelayShard: Hashable, Sendable {
    /// The changes of a plan, by sequence number.
    case changes(plan: String)
    /// The dead letters of a topic partition in a generation, by record offset.
    case deadLetters(topic: String, partition: Int32, generation: Int32)

    /// Its name in `ledger.relay_mark`.
    package var key: String {
        switch self {
        case .changes(let plan): "changes/\(plan)"
        case .deadLetters(let topic, let partition, let generation):
            "dead_letters/\(topic)/\(partition)/\(generation)"
        }
    }

    package init?(key: String) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, parts[0] == "changes" {
            self = .changes(plan: parts[1])
        } else if parts.count == 4, parts[0] == "dead_letters", let partition = Int32(parts[2]),
            let generation = Int32(parts[3])
        {
            self = .deadLetters(topic: parts[1], partition: partition, generation: generation)
        } else {
            return nil
        }
    }

    /// The mark of a shard of which nothing was published: sequences start at 1, offsets at 0.
    package var unpublished: Int64 {
        switch self {
        case .changes: 0
        case .deadLetters: -1
        }
    }
}

/// A stretch of one shard.
package struct RelayRange: Equatable, Sendable {
    package var shard: RelayShard
    package var fromExclusive: Int64
    package var toInclusive: Int64

    package init(shard: RelayShard, fromExclusive: Int64, toInclusive: Int64) {
        self.shard = shard
        self.fromExclusive = fromExclusive
        self.toInclusive = toInclusive
    }
}

/// What the relay meant to publish, and how long the output partitions were before.
package struct RelayIntent: Equatable, Sendable {
    package var ranges: [RelayRange]
    /// By `TOPIC/PARTITION`: an offset at or below the end, behind the last record that was there.
    package var ends: [String: Int64]

    package init(ranges: [RelayRange], ends: [String: Int64]) {
        self.ranges = ranges
        self.ends = ends
    }
}

/// Why no relay goes on before an operator has looked.
package struct RelayHalt: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// The marks, the change log and the topics cannot all be right.
        case contradiction = "halted_contradiction"
        /// The broker never takes what is to be published.
        case refusal = "halted_refused"
    }

    package var kind: Kind
    /// One sentence.
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

/// The relay's rows, as they are when it starts.
package struct RelayCondition: Equatable, Sendable {
    /// Why an earlier relay halted, or nil.
    package var haltedBecause: String?
    /// An operator said that the marks are right, whatever the topics hold.
    package var marksAreTrusted: Bool
    package var marks: [RelayShard: Int64]
    package var intent: RelayIntent?

    package init(
        haltedBecause: String? = nil, marksAreTrusted: Bool = false,
        marks: [RelayShard: Int64] = [:], intent: RelayIntent? = nil
    ) {
        self.haltedBecause = haltedBecause
        self.marksAreTrusted = marksAreTrusted
        self.marks = marks
        self.intent = intent
    }
}

/// The statements of the relay's tables. Each call is one round trip.
package enum RelayMarks {
    /// Sent by whoever commits status changes or dead letters.
    package static let channel = "headway_changes"
    /// Sent when a lease is given back.
    package static let leaseChannel = "headway_lease"
    /// Sent when an operator lets the halted relay go on.
    package static let stateChannel = "headway_relay"

    /// The term of the lease, or nil while another holder lives.
    package static func takeLease(
        _ connection: inout PostgresConnection, owner: String, limit: Duration
    ) throws(PostgresFailure) -> Int64? {
        try connection.query(
            "select ledger.take_lease('relay', $1, $2::text::interval)",
            [.text(owner), .text(interval(limit))])[0].optionalInt8(0)
    }

    /// Lets a successor begin at once.
    package static func releaseLease(
        _ connection: inout PostgresConnection, term: Int64
    ) throws(PostgresFailure) {
        _ = try connection.query("select ledger.release_lease('relay', $1)", [.int8(term)])
    }

    package static func load(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> RelayCondition {
        let rows = try connection.pipeline([
            PostgresStatement("select state, state_detail, marks_trusted from ledger.relay_state"),
            PostgresStatement("select shard, published from ledger.relay_mark"),
            PostgresStatement(
                "select shards, from_exclusive, to_inclusive, topics, end_offsets from ledger.relay_intent"
            ),
        ])
        var condition = RelayCondition()
        for row in rows[0] {
            if row.text(0) != "running" { condition.haltedBecause = row.text(1) }
            condition.marksAreTrusted = row.bool(2)
        }
        for row in rows[1] { condition.marks[try shard(row.text(0))] = row.int8(1) }
        for row in rows[2] {
            var intent = RelayIntent(ranges: [], ends: [:])
            let (from, to) = (row.int8Array(1), row.int8Array(2))
            for (index, key) in row.textArray(0).enumerated() {
                intent.ranges.append(
                    RelayRange(
                        shard: try shard(key), fromExclusive: from[index], toInclusive: to[index]))
            }
            for (place, end) in zip(row.textArray(3), row.int8Array(4)) { intent.ends[place] = end }
            condition.intent = intent
        }
        return condition
    }

    /// In one transaction and one round trip: keeps the lease (or throws `.fenced`), moves marks
    /// forward, and replaces the intent; nil removes it.
    package static func commit(
        _ connection: inout PostgresConnection, term: Int64, limit: Duration,
        marks: [RelayShard: Int64], intent: RelayIntent?
    ) throws(PostgresFailure) {
        var statements = [hold(term, limit)]
        if !marks.isEmpty {
            let sorted = marks.sorted { $0.key.key < $1.key.key }
            statements.append(
                PostgresStatement(
                    """
                    insert into ledger.relay_mark (shard, published)
                    select s, p from unnest($1::text[], $2::int8[]) as u (s, p)
                    on conflict (shard) do update set published = excluded.published
                    where relay_mark.published < excluded.published
                    """, [.texts(sorted.map(\.key.key)), .int8s(sorted.map(\.value))]))
        }
        if let intent {
            let ends = intent.ends.sorted { $0.key < $1.key }
            statements.append(
                PostgresStatement(
                    """
                    insert into ledger.relay_intent
                        (shards, from_exclusive, to_inclusive, topics, end_offsets)
                    values ($1, $2, $3, $4, $5)
                    on conflict (single) do update set shards = excluded.shards,
                        from_exclusive = excluded.from_exclusive, to_inclusive = excluded.to_inclusive,
                        topics = excluded.topics, end_offsets = excluded.end_offsets
                    """,
                    [
                        .texts(intent.ranges.map(\.shard.key)),
                        .int8s(intent.ranges.map(\.fromExclusive)),
                        .int8s(intent.ranges.map(\.toInclusive)), .texts(ends.map(\.key)),
                        .int8s(ends.map(\.value)),
                    ]))
        } else {
            statements.append(PostgresStatement("delete from ledger.relay_intent"))
            statements.append(
                PostgresStatement(
                    "update ledger.relay_state set marks_trusted = false where marks_trusted"))
        }
        _ = try connection.transaction(statements)
    }

    /// Keeps the lease while there is nothing to do. Throws `.fenced` when it is another's.
    package static func renew(
        _ connection: inout PostgresConnection, term: Int64, limit: Duration
    ) throws(PostgresFailure) {
        _ = try connection.transaction([hold(term, limit)])
    }

    /// Records why only an operator can help.
    package static func halt(
        _ connection: inout PostgresConnection, term: Int64, limit: Duration, halt: RelayHalt
    ) throws(PostgresFailure) {
        _ = try connection.transaction([
            hold(term, limit),
            PostgresStatement(
                """
                update ledger.relay_state
                set state = $1, state_detail = $2, marks_trusted = false
                """, [.text(halt.kind.rawValue), .text(halt.reason)]),
        ])
    }

    /// Why the relay is halted, or nil.
    package static func haltedBecause(
        _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> String? {
        try connection.query("select state_detail from ledger.relay_state where state <> 'running'")
            .first?.text(0)
    }

    /// An operator's word after a halt. After a contradiction: go on behind the marks as they are,
    /// whatever the topics hold; the batch that was under way is sent again only as far as it lies
    /// beyond the marks. After a refusal: try again. Written to the audit, and told to whoever is
    /// halted. False when the relay is not halted.
    package static func trustMarks(
        _ connection: inout PostgresConnection, who: String
    ) throws(PostgresFailure) -> Bool {
        let rows = try connection.query(
            """
            with before as (
                select state, state_detail from ledger.relay_state where state <> 'running' for update
            ), audited as (
                insert into ledger.audit (who, what, detail)
                select $1, 'resume_relay', jsonb_build_object('state', state, 'state_detail', state_detail)
                from before
            )
            update ledger.relay_state r set state = 'running', state_detail = '',
                marks_trusted = before.state = 'halted_contradiction'
            from before returning 1, pg_notify('\(stateChannel)', '')::text
            """, [.text(who)])
        return !rows.isEmpty
    }

    private static func hold(_ term: Int64, _ limit: Duration) -> PostgresStatement {
        PostgresStatement(
            "select ledger.hold_lease('relay', $1, $2::text::interval)",
            [.int8(term), .text(interval(limit))])
    }

    private static func interval(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000) milliseconds"
    }

    private static func shard(_ key: String) throws(PostgresFailure) -> RelayShard {
        guard let shard = RelayShard(key: key) else {
            throw PostgresFailure(kind: .schema, message: "relay shard \(key) has an unknown form")
        }
        return shard
    }
}
