import Foundation

/// A PostgreSQL cluster of our own under the data directory: made once by the installed initdb, on
/// loopback, with a password that only we know, durable, and stopped with us.
final class PrivatePostgres: Sendable {
    static let databaseName = "headway"
    static let userName = "headway"

    let port: UInt16
    let version: String
    /// A libpq URL without the password, which stands in `passwordFile`.
    let url: String
    private let server: ChildProcess

    private init(port: UInt16, version: String, url: String, server: ChildProcess) {
        self.port = port
        self.version = version
        self.url = url
        self.server = server
    }

    /// Starts the cluster, making it first where there is none, and returns when it takes
    /// connections. Call on a thread that lives as long as the process: the server ends when that
    /// thread does.
    static func start(under dataPath: String, environment: [String: String]) throws
        -> PrivatePostgres
    {
        let user = try UnixUser.unprivileged()
        let home = try reachableHome(dataPath, user, environment)
        let cluster = home + "/cluster"
        let isNew = DataDirectory.text(of: cluster + "/PG_VERSION") == nil
        let installed = try Installed.find(
            for: isNew ? nil : DataDirectory.text(of: cluster + "/PG_VERSION"), environment)
        if isNew { try create(home, cluster, installed, user) }
        try endPredecessor(cluster)
        let remembered = DataDirectory.text(of: home + "/port").flatMap { UInt16($0) }
        let port = try Ports.free(preferred: remembered ?? 15_432)
        try DataDirectory.replace(home + "/port", with: "\(port)\n")
        let passwordFile = home + "/passfile"
        let password = DataDirectory.text(of: home + "/password") ?? ""
        try DataDirectory.replace(
            passwordFile, with: "127.0.0.1:\(port):*:\(userName):\(password)\n", mode: 0o600)
        let server = try ChildProcess(
            .init(
                program: installed.folder + "/postgres",
                arguments: ["-D", cluster] + settings(home, port),
                environment: environment, directory: home, logPath: home + "/server.log",
                user: user,
                signalOnOurDeath: SIGINT))
        try awaitReady(server, cluster, port)
        let escaped =
            passwordFile.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
            ?? passwordFile
        let url = "postgresql://\(userName)@127.0.0.1:\(port)/\(databaseName)?passfile=\(escaped)"
        return PrivatePostgres(port: port, version: installed.version, url: url, server: server)
    }

    /// Fast shutdown: sessions are ended, everything committed is on disk.
    func askToStop() { server.send(SIGINT) }

    /// Kills it where it does not end in time.
    func awaitStopped(seconds: Double) { server.stop(SIGINT, seconds: seconds) }

    func whenEnded(_ action: @escaping @Sendable (Int32) -> Void) { server.whenEnded(action) }

    private static func settings(_ home: String, _ port: UInt16) -> [String] {
        // Unix sockets have short paths (107 bytes with the file's name).
        let socket = home.utf8.count < 85 ? home : ""
        let values = [
            ("listen_addresses", "127.0.0.1"), ("port", String(port)),
            ("unix_socket_directories", socket),
            ("unix_socket_permissions", "0700"), ("fsync", "on"), ("synchronous_commit", "on"),
            ("password_encryption", "scram-sha-256"), ("max_connections", "60"),
            ("shared_buffers", "128MB"),
            ("max_wal_size", "2GB"), ("jit", "off"), ("timezone", "UTC"), ("lc_messages", "C"),
            ("client_connection_check_interval", "1s"), ("log_parameter_max_length", "0"),
            ("logging_collector", "off"), ("log_destination", "stderr"),
        ]
        return values.flatMap { ["-c", "\($0.0)=\($0.1)"] }
    }

    private static func create(
        _ home: String, _ cluster: String, _ installed: Installed, _ user: UnixUser?
    ) throws(ServerFailure) {
        // What an interrupted first start left behind is no cluster yet.
        let scratch = home + "/cluster.making"
        for leftover in [scratch, cluster] where FileManager.default.fileExists(atPath: leftover) {
            do {
                try FileManager.default.removeItem(atPath: leftover)
            } catch {
                throw ServerFailure(
                    "\(leftover) is left from an interrupted start and cannot be removed")
            }
        }
        let password = (0..<32).map { _ in String(UInt8.random(in: 0...255), radix: 16) }.joined()
        try DataDirectory.replace(home + "/password", with: password + "\n", mode: 0o600)
        try own(home + "/password", user)
        try ChildProcess.run(
            .init(
                program: installed.folder + "/initdb",
                arguments: [
                    "-D", scratch, "-U", userName, "-A", "scram-sha-256", "--pwfile",
                    home + "/password",
                    "-E", "UTF8", "--locale", "C",
                ],
                directory: home, logPath: home + "/initdb.log", user: user),
            seconds: 60)
        try createDatabase(scratch, home, installed, user)
        guard rename(scratch, cluster) == 0 else {
            throw ServerFailure(
                "\(cluster) cannot be put in place: \(String(cString: strerror(errno)))")
        }
    }

    /// The database is made in single-user mode, so that the cluster is whole before its first real
    /// start.
    private static func createDatabase(
        _ cluster: String, _ home: String, _ installed: Installed, _ user: UnixUser?
    ) throws(ServerFailure) {
        try ChildProcess.run(
            .init(
                program: "/bin/sh",
                arguments: [
                    "-c",
                    "echo 'create database \(databaseName)' | exec \"$0\" --single -D \"$1\" template1",
                    installed.folder + "/postgres", cluster,
                ],
                directory: home, logPath: home + "/createdb.log", user: user),
            seconds: 60)
    }

    /// After kill -9 of this program the old server may still be there, or its pid file. Waits for
    /// the first to end (it was told to), and leaves the second to PostgreSQL, which knows a stale
    /// one.
    private static func endPredecessor(_ cluster: String) throws(ServerFailure) {
        guard let text = DataDirectory.text(of: cluster + "/postmaster.pid"),
            let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }), pid > 1,
            Predecessor.isRunning(pid, mentioning: cluster)
        else { return }
        guard Predecessor.end(pid, signal: SIGINT, seconds: 10) else {
            throw ServerFailure(
                "PostgreSQL (process \(pid)) still runs on \(cluster) and does not stop")
        }
    }

    private static func awaitReady(
        _ server: ChildProcess, _ cluster: String, _ port: UInt16
    ) throws(ServerFailure) {
        let deadline = Date(timeIntervalSinceNow: 60)
        // The postmaster writes `ready` into its pid file's eighth line. The wait ends early when
        // it dies.
        while Date() < deadline {
            if let status = server.wait(seconds: 0.01) {
                throw ServerFailure(
                    "PostgreSQL ended with \(status) at start: \(server.lastLines) (\(server.logPath))"
                )
            }
            let lines = (DataDirectory.text(of: cluster + "/postmaster.pid") ?? "").split(
                separator: "\n", omittingEmptySubsequences: false)
            if lines.count >= 8, lines[7].hasPrefix("ready"), pid_t(lines[0]) == server.pid {
                return
            }
        }
        throw ServerFailure(
            "PostgreSQL does not answer on port \(port) after 60 s; see \(server.logPath)")
    }

    /// The folder of the cluster: under the data directory, or, where the server's user may not
    /// enter that (a clone under /root), under /var/lib/headway.
    private static func reachableHome(
        _ dataPath: String, _ user: UnixUser?, _ environment: [String: String]
    ) throws(ServerFailure) -> String {
        let inside = dataPath + "/postgres"
        let home: String
        if let user, !canEnter(dataPath, user, environment) {
            let name = dataPath.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
            home = "/var/lib/headway/\(name.drop { $0 == "-" })/postgres"
        } else {
            home = inside
        }
        try DataDirectory.make(home, mode: 0o755)
        try own(home, user)
        guard chmod(home, 0o700) == 0 else {
            throw ServerFailure(
                "\(home) cannot be made private: \(String(cString: strerror(errno)))")
        }
        return home
    }

    private static func own(_ path: String, _ user: UnixUser?) throws(ServerFailure) {
        guard let user else { return }
        guard chown(path, user.id, user.group) == 0 else {
            throw ServerFailure(
                "\(path) cannot be given to \(user.name): \(String(cString: strerror(errno)))")
        }
    }

    /// Whether the user may pass through every folder of the path.
    private static func canEnter(_ path: String, _ user: UnixUser, _ environment: [String: String])
        -> Bool
    {
        var at = ""
        for part in path.split(separator: "/") {
            at += "/" + part
            var entry = stat()
            guard stat(at, &entry) == 0 else { return false }
            let mode = entry.st_mode
            let allowed =
                entry.st_uid == user.id
                ? mode & S_IXUSR : entry.st_gid == user.group ? mode & S_IXGRP : mode & S_IXOTH
            if allowed == 0 { return false }
        }
        return true
    }
}
