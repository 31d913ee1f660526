internal import Glibc

/// Waits until files of some folders change: written and closed, moved in or out, or deleted.
/// Linux tells (inotify); folders are watched and not files, because editors put another file in
/// place. Where it cannot tell (too many watches, a file system of another machine) only `poke` ends
/// a wait.
final class FolderWatch: @unchecked Sendable {
    // Unchecked: descriptors are set once; the kernel orders what is written to and read from them.
    enum Event: Equatable { case changed, poked, stopped }

    private let folders: [String]
    private let notices: Int32
    private let toWake: Int32
    private let woken: Int32

    /// What happens in quick succession is one change: over when nothing came for so long, and after
    /// so long at the latest.
    private static let quietMilliseconds: Int32 = 100
    private static let burstMax = Duration.seconds(2)

    /// Throws where the process may open no more files.
    init(_ folders: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw CommandFailure("no file descriptor to watch folders with")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (woken, toWake) = (ends[0], ends[1])
        notices = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        self.folders = folders
        watch()
    }

    deinit {
        for descriptor in [notices, toWake, woken] where descriptor >= 0 { close(descriptor) }
    }

    /// Whether changes of all folders are told.
    private(set) var isWatching = false

    /// Begins with folders that were put in place of others; a second watch of the same is the same.
    private func watch() {
        let events =
            IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
        isWatching = folders.reduce(true) { isWatched, folder in
            inotify_add_watch(notices, folder, UInt32(events)) >= 0 && isWatched
        }
    }

    /// Ends the wait, or the next one. Any thread.
    func poke() { tell(0) }

    /// Ends this and every later wait. Any thread, more than once.
    func stop() { tell(1) }

    private func tell(_ word: UInt8) {
        var word = word
        // Full only of what ends the wait anyway.
        _ = write(toWake, &word, 1)
    }

    /// Waits for the next change, until it is over.
    func wait() -> Event {
        guard let first = next(timeout: -1) else { return .poked }
        guard first == .changed else { return first }
        let began = ContinuousClock.now
        while began.duration(to: .now) < FolderWatch.burstMax,
            let more = next(timeout: FolderWatch.quietMilliseconds)
        {
            if more == .stopped { return .stopped }
        }
        watch()
        return .changed
    }

    /// Nil when the time is over.
    private func next(timeout milliseconds: Int32) -> Event? {
        var polled = [
            pollfd(fd: woken, events: Int16(POLLIN), revents: 0),
            pollfd(fd: notices, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let ready = poll(&polled, 2, milliseconds)
            if ready == 0 { return nil }
            // Interrupted: asked again, with the whole time.
            guard ready > 0 else { continue }
            if polled[0].revents != 0 { return read(woken).contains(1) ? stopped() : .poked }
            _ = read(notices)
            return .changed
        }
    }

    /// A stop is never used up.
    private func stopped() -> Event {
        stop()
        return .stopped
    }

    private func read(_ descriptor: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
