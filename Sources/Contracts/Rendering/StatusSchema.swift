/// JSON Schema of the `data` of the two status topics. Its `$id` is what `ce_dataschema` says.
package enum StatusSchema {
    /// Of each change.
    package static let changedType = "target.status-changed.v1"
    /// Of the latest state of a target.
    package static let stateType = "target.status.v1"

    /// The value of `ce_dataschema`.
    package static func identifier(_ type: String) -> String { EventSchemas.identifier(type) }

    internal static func document(_ type: String) -> JSONValue {
        let members = members
        return .object([
            .init("$schema", .text(EventSchemas.dialect)), .init("$id", .text(identifier(type))),
            .init("title", .text("Data of \(type)")),
            .init(
                "description",
                .text(
                    type == changedType
                        ? "One change of a target's status, with all that it was computed from."
                        : "The latest change of a target: one record a target after compaction."
                )),
            .init("type", .text("object")),
            .init("required", .texts(members.map(\.name))),
            .init("properties", .object(members)),
            .init("$defs", definitions),
        ])
    }

    private static var members: [JSONValue.Member] {
        [
            .init("plan", text()), .init("revision", count), .init("target", text()),
            .init("sequence", described(count, "Begins at 1 for each plan and has no gap.")),
            .init(
                "from",
                described(nullable(reference("status")), "Null for a target's first status.")),
            .init("to", reference("status")),
            .init("cause", words(["live", "late", "correction", "replay", "plan", "clock"])),
            .init("asOf", described(reference("instant"), "The plan time that was judged.")),
            .init("watermark", nullable(reference("instant"))),
            .init("value", nullable(reference("figure"))),
            .init("expected", nullable(reference("figure"))),
            .init(
                "pace", described(nullable(reference("figure")), "1 is on the trajectory.")),
            .init("projected", nullable(reference("figure"))),
            .init("goal", goal), .init("rule", rule), .init("positions", positions),
            .init(
                "previousSequence",
                described(nullable(count), "The target's change before, null for the first.")),
        ]
    }

    private static var goal: JSONValue {
        .object([
            .init("type", .text("object")),
            .init("required", .texts(["bound", "value", "unit", "deadline"])),
            .init(
                "properties",
                .object([
                    .init("bound", words(TargetContract.Bound.allCases.map(\.rawValue))),
                    .init("value", reference("figure")),
                    .init("value_max", reference("figure")),
                    .init("tolerance", reference("figure")),
                    .init("unit", text()),
                    .init(
                        "deadline",
                        .object([.init("type", .text("string")), .init("format", .text("date"))])),
                ])),
        ])
    }

    private static var rule: JSONValue {
        EventSchemas.object(
            required: ["at_risk_below", "off_track_below", "recover_above", "hold", "dwell"],
            [
                .init("at_risk_below", reference("figure")),
                .init("off_track_below", reference("figure")),
                .init("recover_above", reference("figure")),
                .init("hold", reference("duration")),
                .init("dwell", reference("duration")),
            ])
    }

    private static var positions: JSONValue {
        let offset = JSONValue.object([
            .init("type", .text("integer")), .init("minimum", .number("0")),
        ])
        return .object([
            .init(
                "description",
                .text("The next offset of each partition's aggregates that were seen.")),
            .init("type", .text("array")),
            .init(
                "items",
                EventSchemas.object(
                    required: ["topic", "partition", "offset", "generation"],
                    [
                        .init("topic", text()), .init("partition", offset), .init("offset", offset),
                        .init("generation", count),
                    ])),
        ])
    }

    private static var definitions: JSONValue {
        func pattern(_ pattern: String) -> JSONValue {
            .object([.init("type", .text("string")), .init("pattern", .text(pattern))])
        }
        return .object([
            .init(
                "status",
                words([
                    "pending", "no_data", "on_track", "at_risk", "off_track", "achieved", "missed",
                ])),
            .init(
                "figure",
                described(
                    pattern("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$"),
                    "A decimal in base units, as a text so that no reader loses a digit.")),
            .init(
                "instant",
                .object([.init("type", .text("string")), .init("format", .text("date-time"))])),
            .init(
                "duration",
                described(pattern("^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$"), "ISO 8601.")),
        ])
    }

    private static var count: JSONValue {
        .object([.init("type", .text("integer")), .init("minimum", .number("1"))])
    }

    private static func text() -> JSONValue {
        .object([.init("type", .text("string")), .init("minLength", .number("1"))])
    }

    private static func words(_ words: [String]) -> JSONValue {
        .object([.init("enum", .texts(words))])
    }

    private static func reference(_ name: String) -> JSONValue {
        .object([.init("$ref", .text("#/$defs/\(name)"))])
    }

    private static func nullable(_ schema: JSONValue) -> JSONValue {
        .object([.init("anyOf", .list([schema, .object([.init("type", .text("null"))])]))])
    }

    private static func described(_ schema: JSONValue, _ description: String) -> JSONValue {
        guard case .object(let members) = schema else { return schema }
        return .object([.init("description", .text(description))] + members)
    }
}
