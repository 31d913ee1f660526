internal import Glibc

/// An open file descriptor, closed when the last one who reads or writes it lets go: a segment may
/// be deleted while its bytes are on their way to a reader.
final class LogFile: Sendable {
    let descriptor: Int32
    let path: String

    init(path: String, flags: Int32) throws(StorageFailure) {
        descriptor = open(path, flags | O_CLOEXEC, 0o644)
        self.path = path
        guard descriptor >= 0 else { throw StorageFailure(path, "cannot be opened", errno) }
    }

    deinit { close(descriptor) }

    func size() throws(StorageFailure) -> Int {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else {
            throw StorageFailure(path, "cannot be looked at", errno)
        }
        return Int(facts.st_size)
    }

    /// Writes all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageFailure) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done)
            if count < 0 && errno != EINTR {
                throw StorageFailure(path, "cannot be written", errno)
            }
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
            if count < 0 && errno != EINTR { throw StorageFailure(path, "cannot be read", errno) }
            done += max(0, count)
        }
        return done
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
            filled = try file.read(
                into: UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<min(buffer.count, end - position)]),
                at: position)
            guard filled >= count else { return nil }
        }
        return UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(buffer)[
                (position - start)..<(position - start + count)])
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
