import Foundation

/// A server that an earlier run of this program started and that outlived it.
enum Predecessor {
    /// True when the process exists and its command line names the path: a pid alone may be
    /// somebody else's by now.
    static func isRunning(_ pid: pid_t, mentioning path: String) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
            return false
        }
        return String(decoding: bytes, as: UTF8.self).contains(path)
    }

    /// Asks the process to end, makes it when the time is over, and says whether it is gone.
    static func end(_ pid: pid_t, signal: Int32, seconds: Double) -> Bool {
        kill(pid, signal)
        if awaitGone(pid, seconds: seconds) { return true }
        kill(pid, SIGKILL)
        return awaitGone(pid, seconds: 5)
    }

    /// The process is no child of ours, so nothing tells us of its end: looked at again every 10
    /// ms, bounded.
    private static func awaitGone(_ pid: pid_t, seconds: Double) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let pause = NSCondition()
        pause.lock()
        defer { pause.unlock() }
        while kill(pid, 0) == 0 && !isZombie(pid) {
            if Date() > deadline { return false }
            _ = pause.wait(until: Date(timeIntervalSinceNow: 0.01))
        }
        return true
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
            return true
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: ")").last?.split(separator: " ").first == "Z"
    }
}
