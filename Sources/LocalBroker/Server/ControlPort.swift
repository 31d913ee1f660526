internal import Glibc

/// The fault hooks for other processes: lines of text over a loopback port that exists only when
/// asked for. Each line is answered by one that begins with `ok` or `error:`.
extension EventLoop {
    private static let lineBytesMax = 1_024
    private static let help = """
        ok, a line each, answered by `ok` or `error: …`:
          fault API FAULT [COUNT [AFTER]]  the next COUNT (1) requests after AFTER (0) others meet FAULT:
                                     delay:MILLISECONDS | error:CODE | drop-before-applying
                                     | drop-after-applying | close | end-txn-late
          clear                      no further faults
          seen API                   how many requests of it were handled
          freeze MILLISECONDS | thaw serve nobody for a while | again
          flip TOPIC PARTITION OFFSET  damage the stored batch of that offset
        APIs: \(API.allCases.map { "\($0)" }.joined(separator: " "))

        """

    /// Takes one line of a control connection; false where there is none.
    func controlLine(_ connection: Connection) -> Bool {
        let unread = connection.unread
        guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else {
            if unread.count > Self.lineBytesMax { close(connection, "a control line without end") }
            return false
        }
        let line = String(decoding: unread[..<end], as: UTF8.self)
        connection.took(end + 1)
        connection.say(command(line.split { $0 == " " || $0 == "\r" }.map(String.init)) + "\n")
        unsent.insert(connection.id)
        return true
    }

    private func command(_ words: [String]) -> String {
        func number<T: FixedWidthInteger>(_ place: Int, _ absent: T? = nil) -> T? {
            words.count > place ? T(words[place]) : absent
        }
        func api() -> API? {
            guard words.count > 1 else { return nil }
            return API.allCases.first { "\($0)".lowercased() == words[1].lowercased() }
        }
        switch words.first {
        case "help": return Self.help
        case "fault":
            guard let api = api(), words.count > 2, let fault = Self.fault(words[2]),
                let count: Int = number(3, 1), let after: Int = number(4, 0), count > 0, after >= 0
            else { return "error: fault API FAULT [COUNT [AFTER]]; see help" }
            if case .error = fault, !API.withErrors.contains(api) {
                return "error: no error can be answered to \(api)"
            }
            hooks.set(fault, for: api, count: count, after: after)
        case "clear": hooks.clear()
        case "seen":
            guard let api = api() else { return "error: seen API; see help" }
            return "ok \(hooks.seen(api))"
        case "freeze":
            guard let milliseconds: Int64 = number(1) else { return "error: freeze MILLISECONDS" }
            freeze(milliseconds: milliseconds)
        case "thaw": thaw()
        case "flip":
            guard words.count == 4, let partition: Int32 = number(2), let offset: Int64 = number(3)
            else { return "error: flip TOPIC PARTITION OFFSET" }
            do {
                try flipByte(topic: words[1], partition: partition, offset: offset)
            } catch {
                return "error: \(error)"
            }
        default: return "error: unknown; say help"
        }
        return "ok"
    }

    private static func fault(_ word: String) -> Fault? {
        let parts = word.split(separator: ":").map(String.init)
        switch (parts.first, parts.count) {
        case ("delay", 2): return Int64(parts[1]).map { .delay(milliseconds: $0) }
        case ("error", 2): return Int16(parts[1]).map { .error($0) }
        case ("drop-before-applying", 1): return .dropBeforeApplying
        case ("drop-after-applying", 1): return .dropAfterApplying
        case ("close", 1): return .close
        case ("end-txn-late", 1): return .endTxnLate
        default: return nil
        }
    }

    /// Inverts the byte behind the header of the batch that holds the offset: its checksum fails.
    func flipByte(topic: String, partition: Int32, offset: Int64) throws {
        let name = TopicPartition(topic: topic, partition: partition)
        let found = try broker.partitions[name]?.read(
            from: offset, bytesMax: 1, committed: false, atLeastOneBatch: true)
        guard let range = found?.range else {
            throw FaultFailure("nothing at \(topic) \(partition) \(offset)")
        }
        let file = try LogFile(path: range.file.path, flags: O_RDWR)
        let place = range.offset + BatchHeader.size
        guard let byte = file.glance(1, at: place, { $0[0] }) else { return }
        try file.write([~byte], at: place)
    }
}
