/// JSON Schemas (draft 2020-12) of what goes over the topics, made from the contracts.
internal enum EventSchemas {
    static let dialect = "https://json-schema.org/draft/2020-12/schema"

    static func identifier(_ type: String) -> String { "urn:headway:schema:\(type)" }

    /// Of the `data` of a stream's events; for event streams with the shapes of a correction and a
    /// withdrawal.
    static func data(of stream: StreamContract) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("$schema", .text(dialect)), .init("$id", .text(identifier(stream.eventType))),
            .init("title", .text("Data of \(stream.eventType)")),
        ]
        switch stream.kind {
        case .measurements:
            members.append(
                .init(
                    "description",
                    .text(
                        "A figure as it is published. A later one for the same indicator, "
                            + "division and period "
                            + "replaces it by a higher revision. Members that are not named here "
                            + "are ignored."
                    )))
            members += figures(stream)
        case .events:
            members.append(
                .init(
                    "description",
                    .text(
                        "An event; with `previous`, a correction, which also takes the previous "
                            + "figures back; with "
                            + "`withdrawn`, a withdrawal, which only takes them back. Members "
                            + "that are not named here "
                            + "are ignored. Decimals are read exactly, with no more places than "
                            + "the pattern shows."
                    )))
            members += [
                .init("type", .text("object")),
                .init(
                    "if",
                    object(
                        required: ["withdrawn"],
                        [
                            .init("withdrawn", .object([.init("const", .boolean(true))]))
                        ])),
                .init("then", reference("withdrawal")),
                .init("else", reference("event")),
                .init(
                    "$defs",
                    .object([
                        .init("figures", .object(figures(stream))),
                        .init("previous", previous),
                        .init("event", event),
                        .init("withdrawal", withdrawal(stream)),
                    ])),
            ]
        }
        return .object(members)
    }

    private static func figures(_ stream: StreamContract) -> [JSONValue.Member] {
        [
            .init("type", .text("object")),
            .init("required", .texts(stream.fields.filter(\.required).map(\.name))),
            .init("properties", .object(stream.fields.map { .init($0.name, $0.schema) })),
        ]
    }

    /// The old event's time and members.
    private static var previous: JSONValue {
        .object([
            .init("description", .text("The `time` and the `data` of the event that is replaced.")),
            .init(
                "allOf",
                .list([
                    reference("figures"),
                    object(
                        required: ["time"],
                        [
                            .init(
                                "time",
                                .object([
                                    .init("type", .text("string")),
                                    .init("format", .text("date-time")),
                                ]))
                        ]),
                ])),
        ])
    }

    private static var event: JSONValue {
        .object([
            .init("description", .text("An event, or with `previous` a correction.")),
            .init(
                "allOf",
                .list([
                    reference("figures"),
                    .object([
                        .init(
                            "properties",
                            .object([
                                .init("withdrawn", .object([.init("const", .boolean(false))])),
                                .init(
                                    "previous",
                                    .object([
                                        .init(
                                            "anyOf",
                                            .list([
                                                reference("previous"),
                                                .object([.init("type", .text("null"))]),
                                            ]))
                                    ])),
                            ]))
                    ]),
                ])),
        ])
    }

    private static func withdrawal(_ stream: StreamContract) -> JSONValue {
        let division = stream.field(named: "division")?.schema ?? .boolean(true)
        return .object([
            .init(
                "description",
                .text("Takes `previous` back; of its own figures only `division` is read.")),
            .init("required", .texts(["withdrawn", "division", "previous"])),
            .init(
                "properties",
                .object([
                    .init("withdrawn", .object([.init("const", .boolean(true))])),
                    .init("division", division),
                    .init("previous", reference("previous")),
                ])),
        ])
    }

    static func object(required: [String], _ properties: [JSONValue.Member]) -> JSONValue {
        .object([
            .init("type", .text("object")), .init("required", .texts(required)),
            .init("properties", .object(properties)),
        ])
    }

    private static func reference(_ name: String) -> JSONValue {
        .object([.init("$ref", .text("#/$defs/\(name)"))])
    }
}
