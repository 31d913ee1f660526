import Foundation

/// A program that this process started: its output goes to a file, it gets a process group of its
/// own (so that Ctrl-C reaches it through us only) and ends with us where `setpriv` can arrange
/// that.
final class ChildProcess: @unchecked Sendable {
    // Unchecked: `status` and `actions` are only touched under `condition`.
    let pid: pid_t
    let logPath: String
    private let condition = NSCondition()
    private var status: Int32?
    private var actions: [@Sendable (Int32) -> Void] = []

    struct Launch {
        var program: String
        var arguments: [String]
        var environment: [String: String] = ProcessInfo.processInfo.environment
        var directory: String
        /// Gets stdout and stderr; emptied first.
        var logPath: String
        /// The user that the program runs as; nil: our own.
        var user: UnixUser?
        /// The signal that the program gets when this process dies, SIGTERM or SIGINT; nil: it
        /// lives on.
        var signalOnOurDeath: Int32? = SIGTERM
    }

    init(_ launch: Launch) throws(ServerFailure) {
        // `env` changes the folder: glibc's own call for it is not visible to Swift.
        var words = ["/usr/bin/env", "-C", launch.directory, launch.program] + launch.arguments
        var setpriv: [String] = []
        if let user = launch.user {
            setpriv += [
                "--reuid", String(user.id), "--regid", String(user.group), "--clear-groups",
            ]
        }
        if let signal = launch.signalOnOurDeath {
            setpriv += ["--pdeathsig", signal == SIGINT ? "INT" : "TERM"]
        }
        if !setpriv.isEmpty {
            guard let path = Programs.find("setpriv", in: launch.environment) else {
                throw ServerFailure(
                    "setpriv (Debian package util-linux) is needed to run \(launch.program)")
            }
            words = [path] + setpriv + ["--"] + words
        }
        logPath = launch.logPath
        pid = try ChildProcess.spawn(words, launch)
        let waiter = Thread { [self] in awaitEnd() }
        waiter.name = "child \(pid)"
        waiter.start()
    }

    private static func spawn(_ words: [String], _ launch: Launch) throws(ServerFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, launch.logPath, O_WRONLY | O_CREAT | O_TRUNC, 0o640)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = launch.environment.map {
            strdup("\($0.key)=\($0.value)")
        }
        environment.append(nil)
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, words[0], &actions, &attributes, arguments, environment)
        guard result == 0 else {
            throw ServerFailure(
                "\(words[0]) cannot be started: \(String(cString: strerror(result)))")
        }
        return pid
    }

    private func awaitEnd() {
        var result: Int32 = 0
        while waitpid(pid, &result, 0) < 0 && errno == EINTR {}
        // Exit code, or 128 and the signal, as a shell says it.
        let code = result & 0x7F == 0 ? (result >> 8) & 0xFF : 128 + (result & 0x7F)
        condition.lock()
        status = code
        let due = actions
        condition.broadcast()
        condition.unlock()
        for action in due { action(code) }
    }

    /// Calls the action with the exit status when the program has ended; at once when it already
    /// has.
    func whenEnded(_ action: @escaping @Sendable (Int32) -> Void) {
        condition.lock()
        let code = status
        if code == nil { actions.append(action) }
        condition.unlock()
        if let code { action(code) }
    }

    /// Nil while it runs.
    var ended: Int32? {
        condition.lock()
        defer { condition.unlock() }
        return status
    }

    /// Waits until it has ended, or the time is over: then nil.
    func wait(seconds: Double) -> Int32? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while status == nil {
            if !condition.wait(until: deadline) { break }
        }
        return status
    }

    func send(_ signal: Int32) {
        guard ended == nil else { return }
        kill(pid, signal)
    }

    /// Asks it to end, and after the time is over makes it. True when it went by itself.
    @discardableResult
    func stop(_ signal: Int32, seconds: Double) -> Bool {
        send(signal)
        if wait(seconds: seconds) != nil { return true }
        kill(-pid, SIGKILL)
        _ = wait(seconds: 5)
        return false
    }

    /// The last lines that it wrote, for an error message.
    var lastLines: String {
        let text: String
        do {
            text = try String(contentsOfFile: logPath, encoding: .utf8)
        } catch {
            return "its log \(logPath) cannot be read"
        }
        return text.split(separator: "\n").suffix(3).joined(separator: " / ")
    }

    /// Runs a program to its end. Throws where it does not end with 0 in time.
    static func run(_ launch: Launch, seconds: Double) throws(ServerFailure) {
        let child = try ChildProcess(launch)
        guard let status = child.wait(seconds: seconds) else {
            child.stop(SIGKILL, seconds: 1)
            throw ServerFailure("\(launch.program) did not end within \(Int(seconds)) s")
        }
        guard status == 0 else {
            throw ServerFailure("\(launch.program) ended with \(status): \(child.lastLines)")
        }
    }
}
