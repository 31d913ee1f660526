internal import Glibc

func parentFolder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes a folder and those above it, where they are not there; if asked for, on the disk too.
func makeFolder(_ path: String, isFlushed: Bool = false) throws(StorageFailure) {
    var isMade = mkdir(path, 0o755) == 0
    if !isMade, errno == ENOENT, path.dropFirst().contains("/") {
        try makeFolder(parentFolder(path), isFlushed: isFlushed)
        isMade = mkdir(path, 0o755) == 0
    }
    try require(isMade || errno == EEXIST, path, "cannot be made")
    if isMade, isFlushed { try syncFolder(parentFolder(path)) }
}

/// Makes renamed, new and removed files of a folder survive a power cut.
func syncFolder(_ path: String) throws(StorageFailure) {
    let folder = try LogFile(path: path, flags: O_RDONLY | O_DIRECTORY)
    try require(fsync(folder.descriptor) == 0, path, "cannot be flushed")
}

/// The names in a folder, in no order; none where it is not there.
func folderContents(_ path: String) throws(StorageFailure) -> [String] {
    guard let stream = opendir(path) else {
        if errno == ENOENT { return [] }
        throw StorageFailure(path, "cannot be read", errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// Removes a folder with all that is in it; links are removed, not followed. Files that are open
/// stay readable for those who have them open.
func removeFolder(_ path: String) throws(StorageFailure) {
    for name in try folderContents(path) {
        let inner = "\(path)/\(name)"
        if unlink(inner) == 0 || errno == ENOENT { continue }
        try require(errno == EISDIR || errno == EPERM, inner, "cannot be removed")
        try removeFolder(inner)
    }
    try require(rmdir(path) == 0 || errno == ENOENT, path, "cannot be removed")
}

extension Partition {
    /// The folders that lead to the log, for the first flush of a run: what is in a file that has
    /// no name after a power cut is lost.
    func takeFolders() -> [String] {
        if hasFlushedFolders { return [] }
        hasFlushedFolders = true
        let (topic, topics) = (parentFolder(folder), parentFolder(parentFolder(folder)))
        return [folder, topic, topics, parentFolder(topics)]
    }
}
