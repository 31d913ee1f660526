internal import CRDKafka
internal import Foundation

/// The properties that the linked librdkafka knows, read from the library itself.
struct PropertyTable: Sendable {
    static let shared = PropertyTable(markdown: libraryProperties())

    /// Name to canonical name: several properties have a second, older name.
    private let canonical: [String: String]

    /// Lines of the library's table: `name | C/P | range | default | importance | description`.
    init(markdown: String) {
        var canonical: [String: String] = [:]
        for line in markdown.split(separator: "\n") {
            let columns = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard columns.count >= 6, !columns[0].isEmpty, columns[0] != "Property",
                !columns[0].hasPrefix("-")
            else { continue }
            var target = columns[0]
            let description = columns[columns.count - 1]
            if description.hasPrefix("Alias for `"),
                let name = description.dropFirst("Alias for `".count).split(separator: "`").first
            {
                target = String(name)
            }
            canonical[columns[0]] = target
        }
        self.canonical = canonical
    }

    /// The name that the library itself uses, or nil when it has no such property.
    func canonicalName(of name: String) -> String? { canonical[name] }

    /// Says what to write instead of a name that does not exist.
    func advice(for name: String) -> String {
        if let hint = PropertyTable.javaProperties[name] { return hint }
        let limit = max(2, name.count / 4)
        let near = canonical.keys
            .map { (name: $0, distance: PropertyTable.distance($0, name)) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let near { return "did you mean \"\(near.name)\"?" }
        let version = String(cString: rd_kafka_version_str())
        return "write a property of librdkafka \(version) (its CONFIGURATION.md lists them)"
    }

    static func isJavas(_ name: String) -> Bool { javaProperties[name] != nil }

    /// Properties of the Java client that people bring along, and what does the same here.
    private static let javaProperties = [
        "key.deserializer": "remove it: records are read as bytes",
        "value.deserializer": "remove it: records are read as bytes",
        "key.serializer": "remove it: records are written as bytes",
        "value.serializer": "remove it: records are written as bytes",
        "max.poll.records": "remove it: batches have their own limits",
        "sasl.jaas.config": "write \"sasl.username\" and \"sasl.password\"",
        "ssl.truststore.location": "write \"ssl.ca.location\" (a PEM file)",
        "ssl.truststore.password": "write \"ssl.ca.location\" (a PEM file needs no password)",
        "buffer.memory": "write \"queue.buffering.max.kbytes\"",
        "max.request.size": "write \"message.max.bytes\""
    ]

    private static func libraryProperties() -> String {
        var buffer: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let file = open_memstream(&buffer, &size) else { return "" }
        rd_kafka_conf_properties_show(file)
        fclose(file)
        defer { free(buffer) }
        return buffer.map { String(cString: $0) } ?? ""
    }

    /// Edits between two names: insert, delete, replace.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
