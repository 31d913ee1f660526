internal import CRecordCodec
internal import Glibc

/// The file of journal entries, and the lock on the data directory that it stands in.
///
/// An entry is framed: payload length, CRC-32C of what follows, the length of the journal that was
/// known to be on the disk when the entry was written, payload. That length tells a torn tail from
/// damage: what no later entry calls flushed was never acknowledged, and is cut; a bad entry below
/// it was, and stops the start.
final class Journal {
    private static let frameSize = 16
    private static let entryBytesMax = 16 << 20
    private static let rewriteBytesMin = 4 << 20

    private let folder: String
    private var path: String { folder + "/journal" }
    private let lock: LogFile
    private var file: LogFile
    private var size = 0
    /// What the flush under way will have put on the disk, and what the one before it has.
    private var flushTaken = 0
    private var flushed = 0
    /// Rewriting pays above this size: four times what the last snapshot needed.
    private var rewriteAbove = rewriteBytesMin
    /// Bytes of a torn tail that the start has cut.
    private(set) var cutBytes = 0

    /// Opens or makes `folder/journal`, cuts a torn tail, hands every entry to `apply` in order.
    init(folder: String, apply: (JournalEntry) -> Void) throws(StorageFailure) {
        try makeFolder(folder, isFlushed: true)
        self.folder = folder
        lock = try Self.lock(folder)
        file = try LogFile(path: folder + "/journal", flags: O_RDWR | O_CREAT)
        let length = try file.size()
        var window = ReadWindow(file: file, end: length)
        guard let bytes = try window.bytes(at: 0, count: length) else {
            throw StorageFailure(path, "became shorter")
        }
        while let payload = Self.frame(bytes, at: size) {
            apply(try decoded(payload.bytes))
            size += Self.frameSize + payload.bytes.count
        }
        if let later = Self.flushedLength(in: bytes, after: size), later > size {
            throw StorageFailure(path, "is damaged at byte \(size)")
        }
        cutBytes = length - size
        try require(
            cutBytes == 0 || ftruncate(file.descriptor, size) == 0, path, "cannot be cut")
        try file.flush()
        try syncFolder(folder)
        (flushTaken, flushed) = (size, size)
    }

    /// Written, not flushed. Nothing of an entry that could not be written whole counts: the next
    /// one is written over it.
    func append(_ entry: JournalEntry) throws(StorageFailure) {
        let frame = framed(entry)
        try file.write(frame, at: size)
        size += frame.count
    }

    /// Whether rewriting from a snapshot would save much.
    var isWorthRewriting: Bool { size > rewriteAbove }

    /// Replaces the file by these entries, flushed.
    func rewrite(_ entries: [JournalEntry]) throws(StorageFailure) {
        rewriteAbove = size + Self.rewriteBytesMin  // Where it fails, not again at once.
        let scratch = try LogFile(path: path + ".new", flags: O_RDWR | O_CREAT | O_TRUNC)
        var bytes: [UInt8] = []
        for entry in entries { bytes += framed(entry) }
        try scratch.write(bytes, at: 0)
        try scratch.flush()
        try require(rename(scratch.path, path) == 0, path, "cannot be rewritten")
        // From here on the old file is nobody's.
        (file, size, flushTaken, flushed) = (scratch, bytes.count, bytes.count, bytes.count)
        rewriteAbove = max(Self.rewriteBytesMin, 4 * size)
        try syncFolder(folder)
    }

    /// The file, where something was written since the last call. That the next flush begins
    /// means that the one before has ended well.
    func beginFlush() -> LogFile? {
        flushed = flushTaken
        guard size > flushed else { return nil }
        flushTaken = size
        return file
    }

    // MARK: frames

    private func framed(_ entry: JournalEntry) -> [UInt8] {
        var (writer, frame) = (WireWriter(), WireWriter())
        writer.int64(Int64(flushed))
        entry.encode(into: &writer)
        frame.int32(Int32(writer.buffer.count - 8))
        frame.int32(Int32(bitPattern: headway_crc32c(writer.buffer, writer.buffer.count)))
        frame.raw(writer.buffer)
        return frame.buffer
    }

    /// The whole and undamaged frame at `position`, if there is one.
    private static func frame(_ bytes: UnsafeRawBufferPointer, at position: Int)
        -> (flushed: Int64, bytes: UnsafeRawBufferPointer)?
    {
        guard bytes.count - position > frameSize else { return nil }
        let count = Int(bytes.integer(position, UInt32.self))
        guard count > 0, count <= min(entryBytesMax, bytes.count - position - frameSize) else {
            return nil
        }
        let checked = bytes.part((position + 8)..<(position + frameSize + count))
        guard headway_crc32c(checked.baseAddress, checked.count) == bytes.integer(position + 4)
        else { return nil }
        return (checked.integer(0), checked.part(8...))
    }

    /// What the entries behind a bad one call flushed: the most that any of them says.
    private static func flushedLength(in bytes: UnsafeRawBufferPointer, after start: Int) -> Int64?
    {
        var (position, most): (Int, Int64?) = (start + 1, nil)
        while position < bytes.count {
            if let found = frame(bytes, at: position) {
                most = max(most ?? 0, found.flushed)
                position += frameSize + found.bytes.count
            } else {
                position += 1
            }
        }
        return most
    }

    private func decoded(_ payload: UnsafeRawBufferPointer) throws(StorageFailure) -> JournalEntry {
        var reader = WireReader(payload)
        do {
            if let entry = try JournalEntry(&reader), reader.remaining == 0 { return entry }
        } catch {
            throw StorageFailure(path, "is damaged at byte \(size): \(error)")
        }
        throw StorageFailure(path, "has an entry at byte \(size) written by a newer version")
    }

    // MARK: the file and the lock

    /// One broker a data directory. The lock ends with the process, however it ends.
    private static func lock(_ folder: String) throws(StorageFailure) -> LogFile {
        let lock = try LogFile(path: folder + "/lock", flags: O_RDWR | O_CREAT)
        if flock(lock.descriptor, LOCK_EX | LOCK_NB) != 0 {
            try require(errno == EWOULDBLOCK, lock.path, "is no lock")
            let length = try lock.size()
            var window = ReadWindow(file: lock, end: length)
            let digits = try window.bytes(at: 0, count: length).map { Array($0) } ?? []
            let holder = String(decoding: digits, as: UTF8.self)
            throw StorageFailure(folder, "is in use by the broker with process id \(holder)")
        }
        try require(ftruncate(lock.descriptor, 0) == 0, lock.path, "cannot be written")
        try lock.write(Array("\(getpid())".utf8), at: 0)
        return lock
    }
}
