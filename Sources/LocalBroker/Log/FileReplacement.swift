internal import Glibc

/// A file to replace in one step: after a crash it holds the old bytes or the new ones.
struct FileReplacement: Sendable {
    var path: String
    var bytes: [UInt8]

    func write() throws(StorageFailure) {
        let scratch = try LogFile(path: path + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC)
        let written = bytes.withUnsafeBytes {
            Glibc.write(scratch.descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fdatasync(scratch.descriptor) == 0,
            rename(scratch.path, path) == 0
        else { throw StorageFailure(path, "cannot be replaced", errno) }
    }
}
