import Foundation

/// A folder that belongs to one running `headway up` at a time. The lock goes with the process,
/// however it ends.
final class DataDirectory: Sendable {
    let path: String
    private let lockFile: Int32

    /// Makes the folder where it is missing and takes its lock.
    /// Throws where it cannot be written, or another process has it.
    init(path: String) throws(ServerFailure) {
        let absolute = DataDirectory.absolute(path)
        try DataDirectory.make(absolute, mode: 0o755)
        let lockPath = absolute + "/lock"
        let file = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw ServerFailure(
                "\(lockPath) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = DataDirectory.text(of: lockPath) ?? "unknown"
            close(file)
            throw ServerFailure(
                "another `headway up` (process \(holder)) uses \(absolute); stop it, or give another --data-dir"
            )
        }
        ftruncate(file, 0)
        let line = Array("\(getpid())\n".utf8)
        _ = line.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        self.path = absolute
        lockFile = file
    }

    deinit { close(lockFile) }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/")
            ? URL(fileURLWithPath: path).standardizedFileURL.path
            : URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
                .appendingPathComponent(path).standardizedFileURL.path
    }

    static func make(_ path: String, mode: mode_t) throws(ServerFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: NSNumber(value: mode)])
        } catch {
            throw ServerFailure("the folder \(path) cannot be made; give another --data-dir")
        }
    }

    /// The file's text without white space around it; nil where there is no such file.
    static func text(of path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    /// Replaces the file in one step: after a crash it holds the old text or the new one.
    static func replace(_ path: String, with text: String, mode: mode_t = 0o644)
        throws(ServerFailure)
    {
        let scratch = path + ".new"
        let file = open(scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else {
            throw ServerFailure("\(scratch) cannot be written: \(String(cString: strerror(errno)))")
        }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        fsync(file)
        close(file)
        guard written == bytes.count, rename(scratch, path) == 0 else {
            throw ServerFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
