import Foundation

/// The two output streams, written whole lines at a time.
enum Terminal {
    static func writeOutput(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

    /// A line on stdout.
    static func line(_ text: String) { writeOutput(text + "\n") }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether the process has a terminal that can end it (with SIGHUP, when it is closed).
    static var isControlling: Bool {
        let terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }

    /// Characters in a line of the terminal on stderr; 80 where there is none.
    static var columns: Int { columns(of: STDERR_FILENO) ?? 80 }

    /// Characters in a line of the terminal on stdout; nil where there is none.
    static var outputColumns: Int? { columns(of: STDOUT_FILENO) }

    private static func columns(of file: Int32) -> Int? {
        var size = winsize()
        guard ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
            } else if errno != EINTR && errno != EAGAIN {
                // Nobody reads any more (a closed pipe): what is left has no reader either.
                return
            }
        }
    }
}
