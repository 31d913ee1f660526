extension FieldContract {
    /// JSON Schema of the member, as strict as a producer should be.
    internal var schema: JSONValue {
        if required { return kind.schema }
        // An optional member may be null as well, which is the same as absent.
        if case .object(let members) = kind.schema,
            case .list(let choices)? = members.first(named: "anyOf")
        {
            return .object([
                .init("anyOf", .list(choices + [.object([.init("type", .text("null"))])]))
            ])
        }
        return .object([
            .init("anyOf", .list([kind.schema, .object([.init("type", .text("null"))])]))
        ])
    }
}

extension FieldContract.Kind {
    private static let slugPattern = "[a-z0-9][a-z0-9_-]*"

    fileprivate var schema: JSONValue {
        switch self {
        case .division:
            return Self.pattern("^[1-9][0-9]{5}$")
        case .integer(let min, let max):
            return .object([.init("type", .text("integer"))] + Self.bounds(min, max, scale: 0))
        case .decimal(let scale, let min, let max):
            let fraction = scale == 0 ? "" : "(\\.[0-9]{1,\(scale)})?"
            let sign = min >= 0 ? "" : "-?"
            let number = JSONValue.object(
                [.init("type", .text("number"))] + Self.bounds(min, max, scale: scale))
            return .object([
                .init(
                    "anyOf", .list([Self.pattern("^\(sign)(0|[1-9][0-9]*)\(fraction)$"), number]))
            ])
        case .boolean:
            return .object([.init("type", .text("boolean"))])
        case .word(let words):
            return .object([.init("enum", .texts(words))])
        case .slug(let maxLength):
            return Self.pattern("^\(Self.slugPattern)$", maxLength: maxLength)
        case .slugs(let maxLength, let maxCount):
            let slug = Self.pattern("^\(Self.slugPattern)$", maxLength: maxLength)
            let list = JSONValue.object([
                .init("type", .text("array")), .init("items", slug),
                .init("maxItems", .integer(maxCount)),
                .init("uniqueItems", .boolean(true)),
            ])
            return .object([.init("anyOf", .list([slug, list]))])
        case .region:
            return Self.pattern("^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
        case .text(let minLength, let maxLength):
            return .object([
                .init("type", .text("string")), .init("minLength", .integer(minLength)),
                .init("maxLength", .integer(maxLength)),
                .init("pattern", .text("^[^\\u0000-\\u001f\\u007f-\\u009f]*$")),
            ])
        case .indicator:
            return Self.pattern(
                "^\(Self.slugPattern)(\\.\(Self.slugPattern))+$",
                maxLength: ContractLimits.nameLengthMax)
        case .period:
            let month = "(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?"
            return Self.pattern("^[0-9]{4}(-Q[1-4]|-\(month))?$")
        }
    }

    private static func pattern(_ pattern: String, maxLength: Int? = nil) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("type", .text("string")), .init("pattern", .text(pattern)),
        ]
        if let maxLength { members.append(.init("maxLength", .integer(maxLength))) }
        return .object(members)
    }

    private static func bounds(_ min: Int64, _ max: Int64, scale: Int) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        if min != .min {
            members.append(.init("minimum", .number(Figure.format(min, scale: scale))))
        }
        if max != .max {
            members.append(.init("maximum", .number(Figure.format(max, scale: scale))))
        }
        return members
    }
}

extension [JSONValue.Member] {
    fileprivate func first(named name: String) -> JSONValue? { first { $0.name == name }?.value }
}
