import Foundation

/// Where the declarations of Topics/ are.
enum Folders {
    static let topics = Option.value(
        "topics-dir", "DIR", environment: "HEADWAY_TOPICS_DIR",
        "the folder of streams and plans (default ./Topics, else beside the program's package)")

    /// Throws where there is no such folder.
    static func topicsPath(_ invocation: Invocation) throws -> String {
        if let given = invocation["topics-dir"] {
            let path = DataDirectory.absolute(given)
            guard isTopics(path) else { throw CommandFailure("\(path) has no folder streams/") }
            return path
        }
        let here = DataDirectory.absolute("Topics")
        if isTopics(here) { return here }
        // The program of a package stands in .build/CONFIGURATION/, an installed one beside
        // share/headway/Topics.
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        for _ in 0..<5 {
            for candidate in ["Topics", "share/headway/Topics"] {
                let path = folder.appendingPathComponent(candidate).path
                if isTopics(path) { return path }
            }
            folder.deleteLastPathComponent()
        }
        throw CommandFailure("no folder Topics here or beside the program: give --topics-dir")
    }

    private static func isTopics(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/streams")
    }

    static func findings(_ invocation: Invocation) -> [Doctor.Finding] {
        do {
            let path = try topicsPath(invocation)
            return [.init(subject: "declarations", grade: .ok, detail: path)]
        } catch {
            return [
                .init(
                    subject: "declarations", grade: .problem, detail: "\(error)",
                    advice: "run in a clone of the project, or give --topics-dir")
            ]
        }
    }
}
