/// What one flush puts on the disk, run on the flusher's thread.
struct FlushJob: Sendable {
    var ticket: UInt64
    var files: [LogFile]
    var checkpoints: [FileReplacement]
    var folders: Set<String> = []

    /// Flushes the files, then replaces the checkpoints, which must not be ahead of them. A failed
    /// flush is final: the broker stops, because the kernel may have dropped the pages.
    func run(_ durability: BrokerSettings.Durability) throws(StorageFailure) {
        if durability != .os {
            for file in files { try file.flush() }
            for folder in folders { try syncFolder(folder) }
        }
        for checkpoint in checkpoints { try checkpoint.write() }
    }
}
