internal import CRecordCodec
internal import Glibc

/// A file to replace in one step: after a crash it holds the old bytes or the new ones.
struct FileReplacement: Sendable {
    var path: String
    var bytes: [UInt8]

    func write() throws(StorageFailure) {
        let scratch = try LogFile(path: path + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC)
        try scratch.write(bytes, at: 0)
        try scratch.flush()
        try require(rename(scratch.path, path) == 0, path, "cannot be replaced")
    }

    /// With a checksum before the bytes, for `readSealed`.
    static func sealed(_ path: String, _ value: some WireValue) -> FileReplacement {
        var (content, writer) = (WireWriter(), WireWriter())
        value.encode(into: &content)
        let bytes = content.buffer
        writer.int32(Int32(bitPattern: headway_crc32c(bytes, bytes.count)))
        writer.raw(bytes)
        return FileReplacement(path: path, bytes: writer.buffer)
    }

    /// What a sealed file says; nil where there is none, or it is damaged.
    static func readSealed<Value: WireValue>(_ path: String) throws(StorageFailure) -> Value? {
        guard access(path, R_OK) == 0 else { return nil }
        let file = try LogFile(path: path, flags: O_RDONLY)
        let size = try file.size()
        var window = ReadWindow(file: file, end: size)
        guard size > 4, let bytes = try window.bytes(at: 0, count: size) else { return nil }
        let content = bytes.part(4...)
        guard headway_crc32c(content.baseAddress, size - 4) == bytes.integer(0) else { return nil }
        var reader = WireReader(content)
        do { return try Value(&reader) } catch { return nil }
    }
}
