/// The parts of `asyncapi.yaml` that are the same for every catalogue: CloudEvents 1.0 over Kafka,
/// and the headers of what Headway writes.
internal enum SharedSchemas {
    static var members: [JSONValue.Member] {
        [
            .init("cloudevent", cloudEvent),
            .init(
                "cloudevent.headers",
                EventSchemas.object(
                    required: ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
                    attributes(prefix: "ce_") + [.init("content-type", word("application/json"))])),
            .init(
                "status.headers",
                EventSchemas.object(
                    required: [
                        "content-type", "ce_specversion", "ce_id", "ce_source", "ce_type",
                        "ce_subject", "ce_time",
                        "ce_sequence", "ce_dataschema",
                    ],
                    attributes(prefix: "ce_") + [
                        .init("content-type", word("application/json")),
                        .init("ce_subject", text("PLAN/TARGET")),
                        .init(
                            "ce_sequence",
                            .object([
                                .init(
                                    "description",
                                    .text("The sequence number, 20 digits: sorts as text.")),
                                .init("type", .text("string")),
                                .init("pattern", .text("^[0-9]{20}$")),
                            ])),
                        .init("ce_dataschema", text("The `$id` of the schema of the data.")),
                    ])),
            .init(
                "dead-letter.headers",
                EventSchemas.object(
                    required: [
                        "__connect.errors.topic", "__connect.errors.partition",
                        "__connect.errors.offset",
                        "__connect.errors.stage", "__connect.errors.exception.class.name",
                        "__connect.errors.exception.message", "headway_dead_letter_id",
                    ],
                    [
                        .init("__connect.errors.topic", text("The topic that it was read from.")),
                        .init("__connect.errors.partition", text("Its partition.")),
                        .init("__connect.errors.offset", text("Its offset.")),
                        .init(
                            "__connect.errors.stage",
                            .object([
                                .init("enum", .texts(["decode", "validate", "apply"]))
                            ])),
                        .init(
                            "__connect.errors.exception.class.name",
                            text(
                                "A stable reason such as bad_json or missing_member.")),
                        .init(
                            "__connect.errors.exception.message",
                            text("What, where, at which byte.")),
                        .init("headway_dead_letter_id", text("For `headway dlq show`.")),
                        .init(
                            "headway_record_timestamp",
                            text(
                                "The record's own timestamp in milliseconds, where it is too far ahead for a broker."
                            )),
                    ])),
        ]
    }

    private static var cloudEvent: JSONValue {
        EventSchemas.object(
            required: ["specversion", "id", "source", "type", "time"], attributes(prefix: ""))
    }

    private static func attributes(prefix: String) -> [JSONValue.Member] {
        [
            .init("\(prefix)specversion", word("1.0")),
            .init("\(prefix)id", bounded),
            .init("\(prefix)source", bounded),
            .init("\(prefix)type", bounded),
            .init(
                "\(prefix)time",
                .object([
                    .init("type", .text("string")), .init("format", .text("date-time")),
                ])),
        ]
    }

    private static var bounded: JSONValue {
        .object([
            .init("type", .text("string")), .init("minLength", .number("1")),
            .init("maxLength", .number("1024")),
        ])
    }

    private static func word(_ word: String) -> JSONValue { .object([.init("const", .text(word))]) }

    private static func text(_ description: String) -> JSONValue {
        .object([.init("description", .text(description)), .init("type", .text("string"))])
    }
}
