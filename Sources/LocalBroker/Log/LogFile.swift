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
}

/// The disk refused: what, where and why.
package struct StorageFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ what: String, _ code: Int32) {
        description = "\(path) \(what): \(String(cString: strerror(code)))"
    }
}
