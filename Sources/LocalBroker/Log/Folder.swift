internal import Glibc

/// Makes a folder and those above it, where they are not there.
func makeFolder(_ path: String) throws(StorageFailure) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        try makeFolder(String(path[..<slash]))
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    }
    throw StorageFailure(path, "cannot be made", errno)
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
