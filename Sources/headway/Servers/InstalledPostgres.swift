import Foundation

extension PrivatePostgres {
    /// PostgreSQL as the machine has it.
    struct Installed: Sendable, Equatable {
        /// Holds initdb and postgres.
        var folder: String
        /// Its major version, for example `15`.
        var version: String

        /// The installed version that the cluster was made by (nil: the newest).
        static func find(for wanted: String?, _ environment: [String: String]) throws(ServerFailure)
            -> Installed
        {
            let found = all(environment)
            guard let wanted else {
                guard let newest = found.max(by: { Int($0.version) ?? 0 < Int($1.version) ?? 0 })
                else {
                    throw ServerFailure(
                        "no PostgreSQL: set HEADWAY_DATABASE_URL, or install the package postgresql-15"
                    )
                }
                return newest
            }
            guard let match = found.first(where: { $0.version == wanted }) else {
                let there = found.map(\.version).joined(separator: ", ")
                throw ServerFailure(
                    "the data directory was made by PostgreSQL \(wanted), installed is \(there.isEmpty ? "none" : there)"
                )
            }
            return match
        }

        private static func all(_ environment: [String: String]) -> [Installed] {
            var folders: [String] = []
            if let initdb = Programs.find("initdb", in: environment) {
                folders.append(
                    URL(fileURLWithPath: initdb).resolvingSymlinksInPath()
                        .deletingLastPathComponent().path)
            }
            for root in ["/usr/lib/postgresql", "/usr/pgsql"] {
                let versions =
                    FileManager.default.subpaths(atPath: root)?.filter { !$0.contains("/") } ?? []
                folders += versions.map { "\(root)/\($0)/bin" }
            }
            return folders.compactMap { folder in
                guard access(folder + "/initdb", X_OK) == 0, access(folder + "/postgres", X_OK) == 0
                else { return nil }
                let version = URL(fileURLWithPath: folder).deletingLastPathComponent()
                    .lastPathComponent
                return Int(version) == nil ? nil : Installed(folder: folder, version: version)
            }
        }
    }
}
