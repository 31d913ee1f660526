internal import CRecordCodec
internal import Glibc

/// One entry of a segment's sparse index (28 bytes in the file: three numbers and their checksum,
/// because a search follows what it reads).
struct IndexEntry: Equatable {
    static let size = 28

    /// Base offset of the batch at `position`.
    var offset: Int64
    var position: Int
    /// The greatest timestamp before `position`; -1 at the segment's begin.
    var timestampBefore: Int64
}

/// One file of batches and its sparse index, both named by the first offset.
///
/// Nothing of a closed segment is kept in memory but its size: its index is searched in the file. The
/// last entry of a closed segment's index is its end, which tells a whole index from a damaged one.
final class Segment {
    private static let indexIntervalBytes = 4_096

    typealias Found = (position: Int, header: BatchHeader)

    let baseOffset: Int64
    private let folder: String
    private(set) var size: Int
    private(set) var isClosed: Bool
    /// Of the first batch since the file was opened for writing; rolls by time count from it.
    private(set) var firstTimestamp: Int64 = -1
    private(set) var newestTimestamp: Int64 = -1
    /// Entries that are in the file, and those that are not yet.
    private(set) var indexedCount = 0
    private var pending: [IndexEntry] = []
    private var indexedPosition = -indexIntervalBytes
    private var file: LogFile?
    private var indexFile: LogFile?

    init(folder: String, baseOffset: Int64, isClosed: Bool) throws(StorageFailure) {
        self.folder = folder
        self.baseOffset = baseOffset
        self.isClosed = isClosed
        size = 0
        if isClosed {
            // Not opened: a log may have more segments than there are descriptors.
            var facts = stat()
            try require(stat(path, &facts) == 0, path, "cannot be looked at")
            size = Int(facts.st_size)
        } else {
            size = try opened().size()
            // What a removed segment of this name has left behind is another's index.
            if size == 0 { unlink(indexPath) }
        }
    }

    private static func name(_ offset: Int64, _ kind: String) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + kind
    }

    var path: String { folder + "/" + Self.name(baseOffset, ".log") }
    var indexPath: String { folder + "/" + Self.name(baseOffset, ".index") }

    /// The segments' first offsets in a folder, ascending.
    static func bases(in folder: String) throws(StorageFailure) -> [Int64] {
        try folderContents(folder).filter { $0.hasSuffix(".log") && $0.utf8.count == 24 }
            .compactMap { Int64($0.dropLast(4)) }.filter { $0 >= 0 }.sorted()
    }

    func opened() throws(StorageFailure) -> LogFile {
        if let file { return file }
        let opened = try LogFile(path: path, flags: isClosed ? O_RDWR : O_RDWR | O_CREAT)
        file = opened
        return opened
    }

    private func openedIndex() throws(StorageFailure) -> LogFile {
        if let indexFile { return indexFile }
        let opened = try LogFile(path: indexPath, flags: O_RDWR | O_CREAT)
        indexFile = opened
        return opened
    }

    /// The same file, to be written on.
    func reopened() { isClosed = false }

    /// Lets go of the descriptors; the next use opens them again.
    func rest() { (file, indexFile) = (nil, nil) }

    func remove() {
        rest()
        unlink(path)
        unlink(indexPath)
    }

    // MARK: writing

    /// Writes a batch at the end. A part that was written before a failure is cut off again.
    func append(_ batch: UnsafeRawBufferPointer, _ header: BatchHeader) throws(StorageFailure) {
        let file = try opened()
        do throws(StorageFailure) {
            try file.write(batch, at: size)
        } catch {
            ftruncate(file.descriptor, off_t(size))
            throw error
        }
        noted(header)
    }

    /// A batch stands at the end of what is known: appended, or found by a scan.
    func noted(_ header: BatchHeader) {
        if size - indexedPosition >= Self.indexIntervalBytes {
            pending.append(
                IndexEntry(
                    offset: header.baseOffset, position: size, timestampBefore: newestTimestamp))
            indexedPosition = size
        }
        if firstTimestamp < 0 { firstTimestamp = header.maxTimestamp }
        newestTimestamp = max(newestTimestamp, header.maxTimestamp)
        size += header.size
    }

    /// Puts the entries that are only in memory into the index file; nil where there are none.
    func writeIndex() throws(StorageFailure) -> LogFile? {
        if pending.isEmpty { return nil }
        var bytes = WireWriter()
        for entry in pending {
            bytes.write(entry.offset, Int64(entry.position), entry.timestampBefore)
            bytes.int32(Int32(bitPattern: bytes.buffer.suffix(24).withUnsafeBytes(Self.checksum)))
        }
        let file = try openedIndex()
        try file.write(bytes.buffer, at: indexedCount * IndexEntry.size)
        indexedCount += pending.count
        pending = []
        return file
    }

    /// No batch follows: the end is the last entry.
    func close(endOffset: Int64) throws(StorageFailure) -> LogFile? {
        pending.append(
            IndexEntry(offset: endOffset, position: size, timestampBefore: newestTimestamp))
        do throws(StorageFailure) {
            let file = try writeIndex()
            isClosed = true
            return file
        } catch {
            pending.removeLast()
            throw error
        }
    }

    /// Takes what a checkpoint says of the segment that was being written. False where the index
    /// does not bear it out.
    func resume(_ checkpoint: Checkpoint) throws(StorageFailure) -> Bool {
        let index = try openedIndex()
        guard try index.size() >= checkpoint.indexedCount * IndexEntry.size else { return false }
        if checkpoint.indexedCount > 0 {
            guard let last = try entry(checkpoint.indexedCount - 1), last.offset >= baseOffset,
                last.offset < max(checkpoint.endOffset, baseOffset + 1),
                last.position < max(checkpoint.position, 1)
            else { return false }
            indexedPosition = last.position
        }
        ftruncate(index.descriptor, off_t(checkpoint.indexedCount * IndexEntry.size))
        size = checkpoint.position
        indexedCount = checkpoint.indexedCount
        (firstTimestamp, newestTimestamp) = (checkpoint.firstTimestamp, checkpoint.newestTimestamp)
        return true
    }

    /// Forgets what is known of the contents: a scan will tell.
    func forget() throws(StorageFailure) {
        ftruncate(try openedIndex().descriptor, 0)
        (size, indexedCount, pending, indexedPosition) = (0, 0, [], -Self.indexIntervalBytes)
        (firstTimestamp, newestTimestamp) = (-1, -1)
    }

    /// Cuts the file behind what is known.
    func cutTail() throws(StorageFailure) {
        let file = try opened()
        if try file.size() > size { ftruncate(file.descriptor, off_t(size)) }
    }

    // MARK: searching

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        headway_crc32c(bytes.baseAddress, bytes.count)
    }

    /// Nil where it is damaged.
    private func entry(_ number: Int) throws(StorageFailure) -> IndexEntry? {
        if number >= indexedCount, number - indexedCount < pending.count {
            return pending[number - indexedCount]
        }
        let place = number * IndexEntry.size
        return try openedIndex().glance(IndexEntry.size, at: place) { raw in
            guard Self.checksum(raw.part(..<24)) == raw.integer(24) else { return nil }
            let position: Int64 = raw.integer(8)
            return IndexEntry(
                offset: raw.integer(0), position: Int(position), timestampBefore: raw.integer(16))
        }
    }

    /// Where a scan begins that looks for something at or after the last entry that is before it.
    private func start(_ isBefore: (IndexEntry) -> Bool) throws(StorageFailure) -> Int {
        if let found = try search(isBefore) { return found }
        try rebuildIndex()
        guard let found = try search(isBefore) else {
            throw StorageFailure(indexPath, "is damaged")
        }
        return found
    }

    /// Nil where the index is damaged.
    private func search(_ isBefore: (IndexEntry) -> Bool) throws(StorageFailure) -> Int? {
        var (low, high, position) = (0, indexedCount + pending.count, 0)
        while low < high {
            let middle = (low + high) / 2
            guard let entry = try entry(middle) else { return nil }
            if isBefore(entry) {
                (low, position) = (middle + 1, entry.position)
            } else {
                high = middle
            }
        }
        return position
    }

    private func header(at position: Int) throws(StorageFailure) -> BatchHeader? {
        guard position + BatchHeader.size <= size else { return nil }
        let header = try opened().glance(BatchHeader.size, at: position) { BatchHeader($0) }
        return header.flatMap { $0.length > 0 ? $0 : nil }
    }

    private func first(
        from start: Int, where holds: (BatchHeader) -> Bool
    ) throws(StorageFailure) -> Found? {
        var position = start
        while let header = try header(at: position) {
            if holds(header) { return (position, header) }
            position += header.size
        }
        return nil
    }

    /// The first batch that ends at or after the offset.
    func batch(reaching offset: Int64) throws(StorageFailure) -> Found? {
        try first(from: start { $0.offset <= offset }) { $0.lastOffset >= offset }
    }

    /// The first batch with a timestamp at or after `timestamp`.
    func batch(atOrAfter timestamp: Int64) throws(StorageFailure) -> Found? {
        try first(from: start { $0.timestampBefore < timestamp }) { $0.maxTimestamp >= timestamp }
    }

    /// The greatest timestamp of a closed segment, from its index's end; of the active one, known.
    func maxTimestamp() throws(StorageFailure) -> Int64 {
        if newestTimestamp >= 0 || !isClosed { return newestTimestamp }
        let count = try openedIndex().size() / IndexEntry.size
        if count > 0 {
            indexedCount = count
            if let last = try entry(count - 1), last.position == size {
                newestTimestamp = last.timestampBefore
                return newestTimestamp
            }
        }
        try rebuildIndex()
        return newestTimestamp
    }

    /// Reads all headers where the index is not the segment's own.
    private func rebuildIndex() throws(StorageFailure) {
        let end = size
        try forget()
        size = end
        var position = 0
        var endOffset = baseOffset
        while let header = try header(at: position) {
            size = position
            noted(header)
            position = size
            size = end
            endOffset = header.lastOffset + 1
        }
        size = position
        _ = isClosed ? try close(endOffset: endOffset) : try writeIndex()
    }

    /// Makes a closed segment's index known before the first search.
    func prepare() throws(StorageFailure) { _ = try maxTimestamp() }

    /// Reads batches from `position` on, whole and with the right checksum, until one is not or
    /// `body` returns false. Returns where the first that was not handed over begins.
    func scan(
        from start: Int, _ body: (BatchHeader, UnsafeRawBufferPointer) -> Bool
    ) throws(StorageFailure) -> Int {
        let file = try opened()
        let end = try file.size()
        var window = ReadWindow(file: file, end: end)
        var position = start
        while let head = try window.bytes(at: position, count: BatchHeader.size),
            let header = BatchHeader(head), header.length >= 49, header.size <= end - position,
            let batch = try window.bytes(at: position, count: header.size),
            header.isWhole(batch)
        {
            if !body(header, batch) { return position }
            position += header.size
        }
        return position
    }
}
