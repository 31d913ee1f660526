package import Contracts
package import Postgres
package import Status

/// Where a target stands, as commands show it: a row of `headway.target_status` and a little more.
package struct TargetStanding: Sendable, Equatable {
    /// The view's columns in their order, then what else readers of a table ask for.
    package static let columns =
        [
            "plan", "target", "name_zh", "name_en", "sector", "area", "status", "value", "expected",
            "pace", "projected", "as_of", "since", "sequence", "kind", "bound", "goal", "goal_max",
            "unit", "window_start", "deadline", "stream", "ordinal", "candidate", "candidate_since",
            "revision", "projection_method", "area_zh", "area_en", "metric", "breakdown", "member",
        ] + ["zone", "previous_status", "cause"]

    /// Parallel to `columns`: figures exact, times in UTC as RFC 3339.
    package var cells: [String?]
    package var planTitle: NamedKey
    /// The plan's own division, whose measurements are read.
    package var division: Int32
    /// Digits that a division of the plan's place begins with.
    package var place: String
    /// Nil where it was written by another version of the program.
    package var contract: TargetContract?

    package init(
        cells: [String?], planTitle: NamedKey, division: Int32, place: String,
        contract: TargetContract?
    ) {
        self.cells = cells
        self.planTitle = planTitle
        self.division = division
        self.place = place
        self.contract = contract
    }

    package subscript(_ column: String) -> String? {
        TargetStanding.columns.firstIndex(of: column).flatMap { cells[$0] }
    }

    package var plan: String { cells[0] ?? "" }
    package var target: String { cells[1] ?? "" }
    package var sector: String { cells[4] ?? "" }
    package var area: String { cells[5] ?? "" }
    package var status: TargetStatus? { cells[6].flatMap(TargetStatus.init(rawValue:)) }
    package var zone: Zone? { self["zone"].flatMap(Zone.init(identifier:)) }

    package func instant(_ column: String) -> Instant? {
        self[column].flatMap(Instant.init(rfc3339:))
    }

    /// The target's name, its area's, or its plan's in a language.
    package func name(_ language: Language) -> String {
        language.pick(zh: cells[2] ?? target, en: cells[3] ?? target)
    }

    package func areaName(_ language: Language) -> String? {
        self[language.pick(zh: "area_zh", en: "area_en")]
    }

    package func title(_ language: Language) -> String {
        language.pick(zh: planTitle.zh, en: planTitle.en)
    }

    /// All judged targets, or those of one plan; areas in the plan's order, targets in theirs.
    package static func read(
        _ connection: inout PostgresConnection, plan: String?
    ) throws(PostgresFailure) -> [TargetStanding] {
        let times = ["as_of", "since", "candidate_since"]
        let shown = columns.map { column in
            switch column {
            case "zone": "p.zone"
            case "previous_status": "c.data::jsonb ->> 'from'"
            case "cause": "c.data::jsonb ->> 'cause'"
            case let time where times.contains(time):
                "to_char(v.\(time) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            default: "v.\(column)::text"
            }
        }
        let rows = try connection.query(
            """
            select \(shown.joined(separator: ", ")), p.title_zh, p.title_en, p.division, p.place, t.contract
            from headway.target_status v
            join ledger.plan p on p.id = v.plan
            join ledger.target t on t.plan = v.plan and t.id = v.target
            left join ledger.area a on a.plan = v.plan and a.area = v.area
            left join ledger.status_change c on c.plan = v.plan and c.sequence = v.sequence
            where v.status is not null and ($1 = '' or v.plan = $1)
            order by v.plan, coalesce(a.ordinal, 1000000),
                case when a.area is null then min(v.ordinal) over (partition by v.plan, v.area) end, v.ordinal
            """, [.text(plan ?? "")])
        let count = columns.count
        return rows.map { row in
            let cells = (0..<count).map { row.optionalText($0) }
            let id = cells[1] ?? ""
            return TargetStanding(
                cells: cells,
                planTitle: NamedKey(
                    key: cells[0] ?? "", zh: row.text(count), en: row.text(count + 1)),
                division: row.int4(count + 2), place: row.text(count + 3),
                contract: TargetContract(id: id, canonicalText: row.text(count + 4)))
        }
    }

    /// One JSON object for each of the targets: the members of a status event's data of its latest
    /// change, with the figures of now. Parallel lists of plans and ids; in the plans' own order.
    package static func published(
        _ standings: [TargetStanding], _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> [String] {
        try connection.query(
            """
            select json_build_object('plan', s.plan, 'revision', s.revision, 'target', s.target, 'sequence', s.sequence,
                'from', d.j->'from', 'to', d.j->'to', 'cause', d.j->'cause',
                'asOf', to_char(s.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'watermark', d.j->'watermark',
                'value', trim_scale(s.value)::text, 'expected', trim_scale(s.expected)::text,
                'pace', trim_scale(s.pace::numeric / 1000000)::text, 'projected', trim_scale(s.projected)::text,
                'goal', d.j->'goal', 'rule', d.j->'rule', 'positions', d.j->'positions',
                'previousSequence', d.j->'previousSequence')::text
            from unnest($1::text[], $2::text[]) as w (plan, target)
            join ledger.target_state s on s.plan = w.plan and s.target = w.target
            join ledger.target t on t.plan = s.plan and t.id = s.target
            join ledger.status_change c on c.plan = s.plan and c.sequence = s.sequence
            cross join lateral (select c.data::jsonb as j) d
            order by s.plan, t.ordinal
            """, [.texts(standings.map(\.plan)), .texts(standings.map(\.target))]
        ).map { $0.text(0) }
    }
}

/// What a division has of an event-fed target: a row of `headway.target_divisions`.
package struct DivisionStanding: Sendable, Equatable {
    package static let columns = [
        "plan", "target", "division", "name_zh", "name_en", "value", "events", "share", "unit",
        "as_of",
    ]

    /// Parallel to `columns`.
    package var cells: [String?]

    package var plan: String { cells[0] ?? "" }
    package var target: String { cells[1] ?? "" }
    package var code: String { cells[2] ?? "" }
    package var value: String { cells[5] ?? "0" }
    package var share: String? { cells[7] }
    package var unit: String { cells[8] ?? "" }

    package func name(_ language: Language) -> String? {
        language.pick(zh: cells[3] ?? "", en: cells[4] ?? "").isEmpty
            ? nil : language.pick(zh: cells[3] ?? "", en: cells[4] ?? "")
    }

    /// In the order of plans, targets and divisions. Empty: those of all plans or targets.
    package static func read(
        _ connection: inout PostgresConnection, plan: String = "", target: String = ""
    ) throws(PostgresFailure) -> [DivisionStanding] {
        try connection.query(
            """
            select v.plan, v.target, v.division::text, v.name_zh, v.name_en, v.value::text, v.events::text,
                v.share::text, v.unit, to_char(v.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            from headway.target_divisions v
            join ledger.target t on t.plan = v.plan and t.id = v.target
            where ($1 = '' or v.plan = $1) and ($2 = '' or v.target = $2)
            order by v.plan, t.ordinal, v.ordinal, v.division
            """, [.text(plan), .text(target)]
        ).map { row in
            DivisionStanding(cells: columns.indices.map { row.optionalText($0) })
        }
    }
}
