import Foundation

/// The files of the package, as the rules look at them.
struct Repository: Sendable {
    struct File: Sendable {
        /// From the package's folder, for example `Sources/Kafka/KafkaWake.swift`.
        var path: String
        var lines: [String]
    }

    let root: URL

    init() {
        root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Files below the folders whose names end so, sorted by path.
    func files(in folders: [String], suffixes: [String]) throws -> [File] {
        var found: [File] = []
        for folder in folders {
            let start = root.appendingPathComponent(folder)
            guard let walk = FileManager.default.enumerator(atPath: start.path) else { continue }
            for case let name as String in walk where suffixes.contains(where: name.hasSuffix) {
                if name.contains(".build/") || name.contains("__pycache__") { continue }
                found.append(try file("\(folder)/\(name)"))
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    func file(_ path: String) throws -> File {
        let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
        return File(path: path, lines: text.components(separatedBy: "\n"))
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root.appendingPathComponent(path).path)
    }
}

extension Repository.File {
    /// The line without strings and comments, so that a rule about code does not trip over prose.
    static func code(of line: String) -> String {
        var result = ""
        var inString = false
        var last: Character = " "
        for character in line {
            if character == "\"" && last != "\\" {
                inString.toggle()
            } else if !inString {
                if character == "/" && last == "/" { return String(result.dropLast()) }
                result.append(character)
            }
            last = character
        }
        return result
    }
}
