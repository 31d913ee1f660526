internal import CYAML

/// Reads one YAML document into nodes through libyaml's parser events: bounded in depth and node
/// count, without aliases, anchors, tags, directives, duplicate keys or a second document. What is
/// not in the subset is refused with its place, since a plan must mean what its reader sees.
internal struct YAMLDocument: ~Copyable {
    private struct Frame {
        var node: YAMLNode
        /// The key of a mapping whose value comes next.
        var key: (text: String, mark: Mark)?
        /// Lines of the keys of a mapping so far.
        var lines: [String: Int] = [:]
    }

    private var frames: [Frame] = []
    private var root: YAMLNode?
    private var nodes = 0

    /// - Throws: the first thing that is wrong with the file as YAML.
    static func read(_ bytes: [UInt8], file: String) throws(ContractProblem) -> YAMLNode {
        guard bytes.count <= ContractLimits.fileBytesMax else {
            throw ContractProblem(
                file: file, mark: Mark(line: 1, column: 1),
                what: "the file has \(bytes.count) bytes",
                instead: "split it; a file may have \(ContractLimits.fileBytesMax)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ContractProblem(
                file: file, mark: Mark(line: 1, column: 1), what: "the file is not UTF-8",
                instead: "save it as UTF-8")
        }
        if let line = text.split(separator: "\n", omittingEmptySubsequences: false)
            .firstIndex(where: { $0.contains("\0") })
        {
            throw ContractProblem(
                file: file, mark: Mark(line: line + 1, column: 1), what: "the line has a zero byte",
                instead: "remove it")
        }
        var document = YAMLDocument()
        return try document.parse(bytes, file: file)
    }

    private mutating func parse(_ bytes: [UInt8], file: String) throws(ContractProblem) -> YAMLNode
    {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw ContractProblem(
                file: file, mark: Mark(line: 1, column: 1), what: "no memory for the YAML parser",
                instead: "free some memory")
        }
        defer { yaml_parser_delete(&parser) }
        var failure: ContractProblem?
        bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            do throws(ContractProblem) {
                while try step(&parser, file) {}
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let root else {
            throw ContractProblem(
                file: file, mark: Mark(line: 1, column: 1), what: "the file is empty",
                instead: "see Topics/README.md for its keys")
        }
        return root
    }

    /// Takes the parser's next event. False at the end of the file.
    private mutating func step(
        _ parser: inout yaml_parser_t, _ file: String
    ) throws(ContractProblem) -> Bool {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            throw YAMLDocument.syntaxProblem(parser, file)
        }
        defer { yaml_event_delete(&event) }
        let mark = Mark(line: event.start_mark.line + 1, column: event.start_mark.column + 1)

        func refuse(_ what: String, _ instead: String) -> ContractProblem {
            ContractProblem(file: file, mark: mark, what: what, instead: instead)
        }
        func plain(anchor: UnsafePointer<yaml_char_t>?, tag: UnsafePointer<yaml_char_t>?)
            throws(ContractProblem)
        {
            if anchor != nil {
                throw refuse("anchors (`&name`) are not read", "write the value out")
            }
            if tag != nil { throw refuse("tags (`!name`) are not read", "write the value without") }
        }

        switch event.type {
        case YAML_STREAM_END_EVENT:
            return false
        case YAML_DOCUMENT_START_EVENT:
            if root != nil { throw refuse("a second document begins", "use one file for each") }
            let start = event.data.document_start
            if start.version_directive != nil
                || start.tag_directives.start != start.tag_directives.end
            {
                throw refuse("directives (`%YAML`, `%TAG`) are not read", "remove them")
            }
        case YAML_ALIAS_EVENT:
            throw refuse("aliases (`*name`) are not read", "write the value out")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try plain(anchor: scalar.anchor, tag: scalar.tag)
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self)
            try add(YAMLNode(mark: mark, content: .scalar(text)), file)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            try plain(anchor: sequence.anchor, tag: sequence.tag)
            try open(YAMLNode(mark: mark, content: .list([])), file)
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            try plain(anchor: mapping.anchor, tag: mapping.tag)
            try open(YAMLNode(mark: mark, content: .mapping([])), file)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            let closed = frames.removeLast()
            try add(closed.node, file)
        default:
            break
        }
        return true
    }

    private mutating func open(_ node: YAMLNode, _ file: String) throws(ContractProblem) {
        guard frames.count < ContractLimits.depthMax else {
            throw ContractProblem(
                file: file, mark: node.mark,
                what: "nested more than \(ContractLimits.depthMax) deep",
                instead: "see Topics/README.md for the file's keys")
        }
        if let last = frames.indices.last, case .mapping = frames[last].node.content,
            frames[last].key == nil
        {
            throw ContractProblem(
                file: file, mark: node.mark, what: "a key is \(node.description)",
                instead: "keys are plain words")
        }
        frames.append(Frame(node: node, key: nil))
    }

    /// Puts a finished node where it belongs: a key, a key's value, a list's item, or the document.
    private mutating func add(_ node: YAMLNode, _ file: String) throws(ContractProblem) {
        nodes += 1
        guard nodes <= ContractLimits.nodesMax else {
            throw ContractProblem(
                file: file, mark: node.mark, what: "more than \(ContractLimits.nodesMax) values",
                instead: "split the file")
        }
        guard let last = frames.indices.last else {
            root = node
            return
        }
        switch frames[last].node.content {
        case .list(var items):
            // Taken out before it grows, so that the list is not copied for each item.
            frames[last].node.content = .list([])
            items.append(node)
            frames[last].node.content = .list(items)
        case .mapping(var entries):
            guard let key = frames[last].key else {
                guard case .scalar(let text) = node.content else { return }
                if let line = frames[last].lines.updateValue(node.mark.line, forKey: text) {
                    throw ContractProblem(
                        file: file, mark: node.mark,
                        what: "`\(text)` was given on line \(line) already",
                        instead: "keep one of them")
                }
                frames[last].key = (text, node.mark)
                return
            }
            frames[last].node.content = .mapping([])
            entries.append(YAMLNode.Entry(key: key.text, mark: key.mark, value: node))
            frames[last].node.content = .mapping(entries)
            frames[last].key = nil
        case .scalar:
            break
        }
    }

    private static func syntaxProblem(_ parser: yaml_parser_t, _ file: String) -> ContractProblem {
        let place = parser.problem_mark
        var what = parser.problem.map { String(cString: $0) } ?? "not YAML"
        if let context = parser.context { what = "\(String(cString: context)): \(what)" }
        return ContractProblem(
            file: file, mark: Mark(line: place.line + 1, column: place.column + 1),
            what: what, instead: "check indentation, colons and quotes here and just above")
    }
}
