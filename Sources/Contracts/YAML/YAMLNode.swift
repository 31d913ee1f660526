/// Where something stands in a file. Lines and columns begin at 1.
package struct Mark: Sendable, Hashable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a YAML file. Scalars are texts, exactly as written: the contract decides what they
/// mean, so that `no`, `4103` or `1e3` are never turned into something else on the way.
internal struct YAMLNode {
    enum Content {
        case scalar(String)
        case list([YAMLNode])
        case mapping([Entry])
    }

    struct Entry {
        var key: String
        var mark: Mark
        var value: YAMLNode
    }

    var mark: Mark
    var content: Content

    /// For messages: `a text`, `a list`, `a mapping`.
    var description: String {
        switch content {
        case .scalar(let text): text.isEmpty ? "nothing" : "`\(text.prefix(40))`"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
