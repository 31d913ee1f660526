internal import Foundation
internal import Glibc
package import Postgres
internal import Synchronization

/// A PostgreSQL cluster for the tests of this process, made by `initdb` when it is first asked for.
///
/// It listens on a free port of loopback and on a socket in its own folder, and is stopped and
/// removed when the process ends, however it ends: a shell holds the other end of a pipe and cleans
/// up when that closes. With `HEADWAY_TEST_POSTGRES` (a URL) that server is used instead; databases
/// are made there and dropped.
package final class ScratchPostgres: Sendable {
    package enum Failure: Error { case didNotStart(String) }

    private static let started = Result { () throws -> ScratchPostgres in try ScratchPostgres() }

    /// The cluster of this process. Throws when it could not be started.
    package static func shared() throws -> ScratchPostgres { try started.get() }

    /// Words of a connection string, without a database.
    private let server: String
    /// The port of 127.0.0.1 that the cluster listens on, for proxies. Nil for a server from
    /// outside.
    package let port: Int?
    private let templates = Mutex<Set<String>>([])
    private let count = Atomic<Int>(0)
    /// The cluster lives as long as this is open.
    private let lifeline: Int32

    private init() throws {
        if let url = ProcessInfo.processInfo.environment["HEADWAY_TEST_POSTGRES"] {
            (server, port, lifeline) = (url, nil, -1)
            return
        }
        let port = try Self.freePort()
        let (process, toShell, fromShell) = (Process(), Pipe(), Pipe())
        var arguments = ["/bin/sh", "-c", Self.script, "sh", try Self.binaries(), "\(port)"]
        // PostgreSQL refuses to run as root.
        if geteuid() == 0 {
            let user = getpwnam("postgres") == nil ? "nobody" : "postgres"
            let group = user == "nobody" ? "nogroup" : user
            arguments =
                ["/usr/bin/setpriv", "--reuid", user, "--regid", group, "--clear-groups"]
                + arguments
        }
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardInput = toShell
        process.standardOutput = fromShell
        process.standardError = fromShell
        lifeline = dup(toShell.fileHandleForWriting.fileDescriptor)
        // No child may keep the cluster alive: the pipe's end is this process's alone.
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        _ = fcntl(toShell.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
        try toShell.fileHandleForWriting.close()
        var heard = ""
        while !heard.hasSuffix("\n") || !heard.contains("ready ") {
            let more = fromShell.fileHandleForReading.availableData
            if more.isEmpty { throw Failure.didNotStart(heard) }
            heard += String(decoding: more, as: UTF8.self)
        }
        let folder = heard.split(separator: "\n").last.map { $0.dropFirst("ready ".count) } ?? ""
        self.port = port
        server = "host=\(folder) port=\(port) user=postgres"
    }

    private static let script = """
        trap '' INT TERM HUP
        folder=$(mktemp -d /tmp/headway-postgres.XXXXXX) || exit 1
        cd "$folder"
        "$1/initdb" -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >initdb.log 2>&1 &&
        "$1/pg_ctl" -D data -l log -w -t 60 -o "-p $2 -k $folder -c listen_addresses=127.0.0.1 \
            -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB" start >/dev/null || {
            cat initdb.log log; rm -rf "$folder"; exit 1
        }
        echo "ready $folder"
        cat >/dev/null
        "$1/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
        rm -rf "$folder"
        """

    /// Where `initdb` is: `HEADWAY_POSTGRES_BIN`, or the newest version that Debian installed.
    private static func binaries() throws -> String {
        if let given = ProcessInfo.processInfo.environment["HEADWAY_POSTGRES_BIN"] { return given }
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")
        guard let newest = versions.compactMap(Int.init).max() else {
            throw Failure.didNotStart("no PostgreSQL under /usr/lib/postgresql")
        }
        return "/usr/lib/postgresql/\(newest)/bin"
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else { throw Failure.didNotStart("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// A database of its own for one test, copied from a template that `prepare` fills once a
    /// process. Without a template it is empty.
    package func database(
        template: String? = nil,
        prepare: (inout PostgresConnection) throws -> Void = { _ in }
    ) throws -> ScratchDatabase {
        var source = "template0"
        if let template {
            source = "headway_template_\(getpid())_\(template)"
            try templates.withLock { made in
                guard !made.contains(source) else { return }
                try create(source, from: "template0")
                var connection = try PostgresConnection(settings(source))
                try prepare(&connection)
                made.insert(source)
            }
        }
        let number = count.add(1, ordering: .relaxed).newValue
        let name = "headway_test_\(getpid())_\(number)"
        try create(name, from: source)
        return ScratchDatabase(name: name, server: self)
    }

    package func settings(_ database: String) -> PostgresSettings {
        PostgresSettings(url: "\(server) dbname=\(database)", applicationName: "headway-tests")
    }

    /// A connection string that goes through another port of loopback: a proxy.
    package func url(_ database: String, throughPort port: Int) -> String {
        "host=127.0.0.1 port=\(port) user=postgres dbname=\(database)"
    }

    private func create(_ name: String, from source: String) throws {
        try maintain { (connection) throws(PostgresFailure) in
            _ = try connection.query("create database \(name) template \(source)")
        }
    }

    fileprivate func drop(_ name: String) {
        do {
            try maintain { (connection) throws(PostgresFailure) in
                _ = try connection.query("drop database if exists \(name) with (force)")
            }
        } catch {
            print("\(name) was left behind: \(error)")
        }
    }

    private func maintain(
        _ body: (inout PostgresConnection) throws(PostgresFailure) -> Void
    ) throws(PostgresFailure) {
        var settings = settings("postgres")
        (settings.statementTimeout, settings.callTimeout) = (.seconds(60), .seconds(70))
        settings.lockTimeout = .seconds(60)
        var connection = try PostgresConnection(settings)
        try body(&connection)
    }
}

/// A database that is dropped when nobody holds it any more.
package final class ScratchDatabase: Sendable {
    package let name: String
    package let server: ScratchPostgres

    fileprivate init(name: String, server: ScratchPostgres) {
        self.name = name
        self.server = server
    }

    deinit { server.drop(name) }

    package var settings: PostgresSettings { server.settings(name) }

    package func connect() throws(PostgresFailure) -> PostgresConnection {
        try PostgresConnection(settings)
    }
}
