import Foundation

/// Where the servers of a running `headway up` are, written down in its data directory for the
/// other commands.
struct Endpoints: Sendable, Equatable {
    var brokers: String
    /// A libpq URL; its password stands in a file that only its owner reads.
    var database: String

    private static func path(_ dataPath: String) -> String { dataPath + "/endpoints" }

    func write(to dataPath: String) throws(ServerFailure) {
        try DataDirectory.replace(
            Endpoints.path(dataPath), with: "brokers = \(brokers)\ndatabase = \(database)\n",
            mode: 0o600)
    }

    static func read(_ dataPath: String) -> Endpoints? {
        var values: [String: String] = [:]
        for line in (DataDirectory.text(of: path(dataPath)) ?? "").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let brokers = values["brokers"], let database = values["database"] else { return nil }
        return Endpoints(brokers: brokers, database: database)
    }
}
