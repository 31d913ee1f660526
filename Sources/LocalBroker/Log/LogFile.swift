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

/// The disk refused: what, where and why.
package struct StorageFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ what: String, _ code: Int32) {
        description = "\(path) \(what): \(String(cString: strerror(code)))"
    }

    init(_ path: String, _ what: String) { description = "\(path) \(what)" }
}
