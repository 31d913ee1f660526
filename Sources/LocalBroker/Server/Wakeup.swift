internal import CEpoll
internal import Glibc

/// Tells a thread that there is something to do: an eventfd, so that a loop can wait for it among
/// its sockets and any other thread can wait for it alone.
final class Wakeup: Sendable {
    let descriptor: Int32

    init() throws(StartFailure) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw StartFailure("no event descriptor: \(errorText(errno))")
        }
    }

    deinit { close(descriptor) }

    /// Writing 1 fails only where 2^64 signals wait already.
    func signal() { _ = eventfd_write(descriptor, 1) }

    func clear() {
        var count: eventfd_t = 0
        _ = eventfd_read(descriptor, &count)
    }

    /// Blocks until it is signalled, and leaves it signalled. False: not within the time.
    func wait(milliseconds: Int32 = -1) -> Bool {
        let deadline = milliseconds < 0 ? Int64.max : Clock.monotonic() + Int64(milliseconds)
        while true {
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = milliseconds < 0 ? -1 : Int32(max(0, deadline - Clock.monotonic()))
            let count = poll(&waited, 1, left)
            if count > 0 { return true }
            // A signal handler ran: the wait goes on.
            if count < 0, errno == EINTR { continue }
            return false
        }
    }
}

enum Clock {
    static func wall() -> Int64 { milliseconds(CLOCK_REALTIME) }
    static func monotonic() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Runs the work on a thread of its own, on which SIGPIPE is blocked: `sendfile` has no flag against
/// it, and a client that goes away must not end the process. The work must own what it captures.
func startThread(_ work: @escaping () -> Void) throws(StartFailure) {
    final class Work {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
    let opaque = Unmanaged.passRetained(Work(work)).toOpaque()
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { opaque in
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            if let opaque { Unmanaged<Work>.fromOpaque(opaque).takeRetainedValue().run() }
            return nil
        }, opaque)
    guard code == 0 else {
        Unmanaged<Work>.fromOpaque(opaque).release()
        throw StartFailure("no thread: \(errorText(code))")
    }
    pthread_detach(thread)
}
