/// `Topics/asyncapi.yaml`: the topics, their messages and what Headway does with them, in AsyncAPI
/// 3.0.
internal struct AsyncAPI {
    let catalogue: Catalogue

    var document: JSONValue {
        .object([
            .init("asyncapi", .text("3.0.0")),
            .init(
                "info",
                .object([
                    .init("title", .text("Headway")), .init("version", .text("1")),
                    .init(
                        "description",
                        .text(
                            "Sector events in, changes of the status of a plan's targets out. "
                                + "Made from the files beside "
                                + "it; edit those.")),
                ])),
            .init("defaultContentType", .text("application/json")),
            .init(
                "channels", .object(catalogue.streams.map(channel) + catalogue.outputs.map(channel))
            ),
            .init(
                "operations",
                .object(catalogue.streams.map(operation) + catalogue.outputs.map(operation))),
            .init(
                "components",
                .object([
                    .init(
                        "messages",
                        .object(
                            catalogue.streams.flatMap(messages) + catalogue.outputs.map(message))),
                    .init("schemas", .object(SharedSchemas.members)),
                ])),
        ])
    }

    private func channel(_ stream: StreamContract) -> JSONValue.Member {
        let names = ["\(stream.eventType).binary", "\(stream.eventType).structured"]
        return channel(stream.topic, title: "Events of \(stream.name)", messages: names)
    }

    private func channel(_ output: OutputContract) -> JSONValue.Member {
        channel(output.topic, title: output.role.title, messages: [output.role.type])
    }

    private func channel(_ topic: TopicContract, title: String, messages: [String])
        -> JSONValue.Member
    {
        .init(
            topic.name,
            .object([
                .init("address", .text(topic.name)), .init("title", .text(title)),
                .init(
                    "messages",
                    .object(messages.map { .init($0, Self.reference("components/messages/\($0)")) })
                ),
                .init(
                    "bindings",
                    .object([
                        .init(
                            "kafka",
                            .object([
                                .init("topic", .text(topic.name)),
                                .init("partitions", .integer(topic.partitions)),
                                .init("topicConfiguration", .object(configuration(topic))),
                                .init("bindingVersion", .text("0.5.0")),
                            ]))
                    ])),
            ]))
    }

    private func configuration(_ topic: TopicContract) -> [JSONValue.Member] {
        topic.settings.sorted { $0.key < $1.key }.map { name, value in
            if name == "cleanup.policy" {
                return .init(name, .texts(value.split(separator: ",").map { String($0) }))
            }
            let isNumber = Figure.parse(value, scale: 0) != nil
            return .init(name, isNumber ? .number(value) : .text(value))
        }
    }

    private func operation(_ stream: StreamContract) -> JSONValue.Member {
        operation(
            "read.\(stream.name)", "receive", stream.topic,
            "Headway reads the events of \(stream.name).")
    }

    private func operation(_ output: OutputContract) -> JSONValue.Member {
        operation("write.\(output.role.rawValue)", "send", output.topic, output.role.summary)
    }

    private func operation(
        _ name: String, _ action: String, _ topic: TopicContract, _ summary: String
    ) -> JSONValue.Member {
        .init(
            name,
            .object([
                .init("action", .text(action)),
                .init("channel", Self.reference("channels/\(topic.name)")),
                .init("summary", .text(summary)),
            ]))
    }

    private func messages(_ stream: StreamContract) -> [JSONValue.Member] {
        let type = stream.eventType
        let data = JSONValue.object([.init("$ref", .text("./schemas/\(type).schema.json"))])
        let envelope = JSONValue.object([
            .init(
                "allOf",
                .list([
                    Self.reference("components/schemas/cloudevent"),
                    EventSchemas.object(
                        required: ["type", "data"],
                        [
                            .init("type", .object([.init("const", .text(type))])),
                            .init("data", data),
                        ]),
                ]))
        ])
        return [
            .init(
                "\(type).binary",
                .object([
                    .init("name", .text(type)), .init("title", .text("\(type), binary mode")),
                    .init("contentType", .text("application/json")),
                    .init("headers", Self.reference("components/schemas/cloudevent.headers")),
                    .init("payload", Self.payload(data)),
                ])),
            .init(
                "\(type).structured",
                .object([
                    .init("name", .text(type)), .init("title", .text("\(type), structured mode")),
                    .init("contentType", .text("application/cloudevents+json")),
                    .init("payload", Self.payload(envelope)),
                ])),
        ]
    }

    private func message(_ output: OutputContract) -> JSONValue.Member {
        let type = output.role.type
        var members: [JSONValue.Member] = [
            .init("name", .text(type)), .init("title", .text(output.role.title)),
        ]
        if output.role == .deadLetters {
            members += [
                .init("contentType", .text("application/octet-stream")),
                .init("headers", Self.reference("components/schemas/dead-letter.headers")),
                .init(
                    "summary",
                    .text(
                        "The record's own key, value and headers, as they were, and why it is here."
                    )),
            ]
        } else {
            members += [
                .init("contentType", .text("application/json")),
                .init("headers", Self.reference("components/schemas/status.headers")),
                .init(
                    "payload",
                    Self.payload(
                        .object([.init("$ref", .text("./schemas/\(type).schema.json"))]))),
                .init(
                    "bindings",
                    .object([
                        .init(
                            "kafka",
                            .object([
                                .init(
                                    "key",
                                    .object([
                                        .init("type", .text("string")),
                                        .init("description", .text("PLAN/TARGET")),
                                    ])),
                                .init("bindingVersion", .text("0.5.0")),
                            ]))
                    ])),
            ]
        }
        return .init(type, .object(members))
    }

    private static func payload(_ schema: JSONValue) -> JSONValue {
        .object([
            .init("schemaFormat", .text("application/schema+json;version=2020-12")),
            .init("schema", schema),
        ])
    }

    private static func reference(_ path: String) -> JSONValue {
        .object([.init("$ref", .text("#/\(path)"))])
    }
}

extension OutputContract.Role {
    fileprivate var type: String {
        switch self {
        case .status: StatusSchema.stateType
        case .changes: StatusSchema.changedType
        case .deadLetters: "dead-letter"
        }
    }

    fileprivate var title: String {
        switch self {
        case .status: "Latest status of each target"
        case .changes: "Changes of status, in order"
        case .deadLetters: "Records that could not be read"
        }
    }

    fileprivate var summary: String {
        switch self {
        case .status:
            "Headway writes each target's latest status, in the transaction of its change."
        case .changes: "Headway writes each change once; read committed."
        case .deadLetters:
            "Headway writes each record that it could not read, once; read committed."
        }
    }
}
