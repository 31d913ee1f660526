internal import CPostgres
internal import Glibc

/// Wakes a thread that waits on a connection, from any other. A wake before the wait is not lost.
package final class PostgresWake: Sendable {
    let descriptor: Int32

    /// Throws `.resources` when the process may open no more files.
    package init() throws(PostgresFailure) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if descriptor < 0 {
            throw PostgresFailure(kind: .resources, message: "no file descriptor for a wake")
        }
    }

    deinit { close(descriptor) }

    package func wake() {
        var one: UInt64 = 1
        // Full only when nobody drained 2^64 wakes: then the wait ends anyway.
        _ = write(descriptor, &one, 8)
    }

    /// Takes back what was woken so far.
    func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
