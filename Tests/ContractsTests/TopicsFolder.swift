import Contracts
import Foundation

/// The repository's own files.
enum TopicsFolder {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    static let path = root + "/Topics"

    /// A folder beside the repository that a developer may have; not part of it.
    static let shared = URL(fileURLWithPath: root).deletingLastPathComponent().path + "/shared"

    static func text(_ file: String) throws -> String {
        try String(contentsOfFile: path + "/" + file, encoding: .utf8)
    }
}
