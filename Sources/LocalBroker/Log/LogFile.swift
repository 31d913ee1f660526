internal import Glibc

/// An open file descriptor, closed when the last one who reads or writes it lets go: a segment may
/// be deleted while its bytes are on their way to a reader.
final class LogFile: Sendable {
    let descriptor: Int32
    let path: String

    init(path: String, flags: Int32) throws(StorageFailure) {
        descriptor = open(path, flags | O_CLOEXEC, 0o644)
        self.path = path
        try require(descriptor >= 0, path, "cannot be opened")
    }

    deinit { close(descriptor) }

    func size() throws(StorageFailure) -> Int {
        var facts = stat()
        try require(fstat(descriptor, &facts) == 0, path, "cannot be looked at")
        return Int(facts.st_size)
    }

    /// Writes all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageFailure) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done)
            try require(count >= 0 || errno == EINTR, path, "cannot be written")
            done += max(0, count)
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageFailure) {
        try bytes.withUnsafeBufferPointer { bytes throws(StorageFailure) in
            try write(UnsafeRawBufferPointer(bytes), at: offset)
        }
    }

    /// Fills the buffer as far as the file goes; returns how far.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageFailure)
        -> Int
    {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + done, buffer.count - done, offset + done)
            if count == 0 { break }
            try require(count >= 0 || errno == EINTR, path, "cannot be read")
            done += max(0, count)
        }
        return done
    }

    /// What `body` makes of a few bytes; nil where the file ends before.
    func glance<T>(_ count: Int, at offset: Int, _ body: (UnsafeRawBufferPointer) -> T?) -> T? {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { raw in
            pread(descriptor, raw.baseAddress, count, off_t(offset)) == count
                ? body(UnsafeRawBufferPointer(raw)) : nil
        }
    }

    /// Puts what was written on the disk.
    func flush() throws(StorageFailure) {
        try require(fdatasync(descriptor) == 0, path, "cannot be flushed")
    }
}

/// Reads a file forward in large steps.
struct ReadWindow: ~Copyable {
    private let file: LogFile
    private let end: Int
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    private var start = 0
    private var filled = 0

    init(file: LogFile, end: Int) {
        self.file = file
        self.end = end
    }

    deinit { buffer.deallocate() }

    /// Valid until the next call; nil where the file ends before.
    mutating func bytes(at position: Int, count: Int) throws(StorageFailure)
        -> UnsafeRawBufferPointer?
    {
        guard count <= end - position else { return nil }
        if position < start || position + count > start + filled {
            if count > buffer.count {
                buffer.deallocate()
                buffer = .allocate(byteCount: count, alignment: 16)
            }
            start = position
            let room = buffer[..<min(buffer.count, end - position)]
            filled = try file.read(into: .init(rebasing: room), at: position)
            guard filled >= count else { return nil }
        }
        return UnsafeRawBufferPointer(rebasing: buffer[(position - start)...].prefix(count))
    }
}

/// The disk refused: what, where and why.
package struct StorageFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ what: String, _ code: Int32) {
        description = "\(path) \(what): \(String(cString: strerror(code)))"
    }

    init(_ path: String, _ what: String) { description = "\(path) \(what)" }
}

/// Where it does not hold, the disk refused, and `errno` says why.
func require(_ holds: Bool, _ path: String, _ what: String) throws(StorageFailure) {
    if !holds { throw StorageFailure(path, what, errno) }
}
