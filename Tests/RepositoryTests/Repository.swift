import Foundation

/// The files of the package, as the rules look at them.
struct Repository: Sendable {
    struct File: Sendable {
        /// From the package's folder, for example `Sources/Kafka/KafkaWake.swift`.
        var path: String
        var lines: [String]
        /// Of a Swift file: the lines without the contents of strings and comments.
        var code: [String]
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
        let lines = text.components(separatedBy: "\n")
        return File(
            path: path, lines: lines,
            code: path.hasSuffix(".swift") ? SwiftCode.lines(of: lines) : [])
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root.appendingPathComponent(path).path)
    }
}

extension Repository {
    /// Swift files, read once.
    static let sources = Result { try Repository().files(in: ["Sources"], suffixes: [".swift"]) }
    static let tests = Result { try Repository().files(in: ["Tests"], suffixes: [".swift"]) }
}

/// Lines of Swift without the contents of strings and comments, so that a rule about code does not
/// trip over prose.
enum SwiftCode {
    static func lines(of lines: [String]) -> [String] {
        var isInText = false
        return lines.map { line in
            let parts = line.components(separatedBy: "\"\"\"")
            // Each mark turns a text of several lines on or off.
            var kept = ""
            for (index, part) in parts.enumerated() {
                if index > 0 { isInText.toggle() }
                if !isInText { kept += part }
            }
            return withoutStrings(kept)
        }
    }

    private static func withoutStrings(_ line: String) -> String {
        var result: [UInt8] = []
        var isInString = false
        var last: UInt8 = 0
        for byte in line.utf8 {
            if byte == UInt8(ascii: "\"") && last != UInt8(ascii: "\\") {
                isInString.toggle()
            } else if !isInString {
                if byte == UInt8(ascii: "/") && last == byte {
                    return String(decoding: result.dropLast(), as: UTF8.self)
                }
                result.append(byte)
            }
            last = byte
        }
        return String(decoding: result, as: UTF8.self)
    }
}
