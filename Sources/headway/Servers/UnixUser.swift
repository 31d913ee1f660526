import Foundation

/// A user of the machine.
struct UnixUser: Sendable, Equatable {
    var name: String
    var id: uid_t
    var group: gid_t

    static func named(_ name: String) -> UnixUser? {
        guard let entry = getpwnam(name) else { return nil }
        return UnixUser(name: name, id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Whom a server that refuses root runs as: nil when we are not root ourselves.
    /// Throws where we are root and the machine has nobody else.
    static func unprivileged() throws(ServerFailure) -> UnixUser? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let user = named(name) { return user }
        }
        throw ServerFailure(
            "PostgreSQL refuses to run as root, and there is no user postgres or nobody")
    }
}

/// Programs of the machine.
enum Programs {
    /// The whole path of the first one in PATH, or nil.
    static func find(_ name: String, in environment: [String: String]) -> String? {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") + ["/usr/bin", "/bin"] {
            let candidate = "\(folder)/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}
