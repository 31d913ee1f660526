import Contracts
import Foundation
import Ledger
import Synchronization
import Testing

@testable import headway

/// A copy of the repository's Topics that may be edited.
private struct EditedTopics: ~Copyable {
    let path: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        path = NSTemporaryDirectory() + "topics-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: root.path + "/Topics", toPath: path)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }

    func edit(_ file: String, _ old: String, _ new: String, inPlace: Bool = false) throws {
        let text = try String(contentsOfFile: path + "/" + file, encoding: .utf8)
        #expect(text.contains(old))
        try text.replacingOccurrences(of: old, with: new).write(
            toFile: path + "/" + file, atomically: !inPlace, encoding: .utf8)
    }
}

/// Waits for facts that another thread notes.
private final class Notes<Note: Sendable>: @unchecked Sendable {
    // Unchecked: `notes` is only touched under `condition`.
    private let condition = NSCondition()
    private var notes: [Note] = []

    @Sendable func add(_ note: Note) {
        condition.lock()
        notes.append(note)
        condition.broadcast()
        condition.unlock()
    }

    /// The first that fits. Nil after twenty seconds.
    func first(_ fits: (Note) -> Bool) -> Note? {
        let deadline = Date(timeIntervalSinceNow: 20)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let note = notes.first(where: fits) { return note }
            guard condition.wait(until: deadline) else { return nil }
        }
    }

    var all: [Note] {
        condition.lock()
        defer { condition.unlock() }
        return notes
    }
}

@Suite struct PlanWatchTests {
    private func running(
        _ topics: borrowing EditedTopics, _ log: Notes<String>, _ plans: Notes<[PlanContract]>
    ) throws -> (PlanWatch, ServiceThread) {
        let watch = try PlanWatch(
            topics: topics.path, catalogue: try Catalogue.load(topics.path),
            log: Log(form: .text, least: .info, sink: log.add), takeUp: plans.add)
        let thread = ServiceThread(name: "plans", watch)
        thread.start()
        return (watch, thread)
    }

    private func end(_ thread: ServiceThread) {
        thread.stop()
        #expect(thread.join(within: .seconds(10)))
    }

    @Test func editsAreTakenUpAndMistakesAreNot() throws {
        let topics = try EditedTopics()
        let (log, plans) = (Notes<String>(), Notes<[PlanContract]>())
        let (_, thread) = try running(topics, log, plans)
        defer { end(thread) }
        let file = "plans/luoyang-2023.yaml"
        let id = "luoyang-2023"
        // As an editor does: another file is put in its place.
        try topics.edit(file, "revision: 1", "revision: 2")
        #expect(plans.first { $0.contains { $0.id == id && $0.revision == 2 } } != nil)
        // As a shell does: the same file is written.
        try topics.edit(file, "revision: 2", "revision: 3", inPlace: true)
        #expect(plans.first { $0.contains { $0.id == id && $0.revision == 3 } } != nil)

        let before = plans.all.count
        try topics.edit(file, "revision: 3", "revision: three")
        let told = log.first { $0.contains("plan not taken up") }
        #expect(told?.contains("level=error") == true)
        #expect(told?.contains("/plans/luoyang-2023.yaml:") == true)
        #expect(plans.all.count == before)

        try topics.edit(file, "revision: three", "revision: 4")
        #expect(plans.first { $0.contains { $0.id == id && $0.revision == 4 } } != nil)
        #expect(log.first { $0.contains("plans are in order again") } != nil)
    }

    @Test func aFileThatGoesAndOneThatComes() throws {
        let topics = try EditedTopics()
        let (log, plans) = (Notes<String>(), Notes<[PlanContract]>())
        let (watch, thread) = try running(topics, log, plans)
        defer { end(thread) }
        let file = topics.path + "/plans/luoyang-2023.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacingOccurrences(of: "plan: luoyang-2023", with: "plan: copy").write(
            toFile: topics.path + "/plans/copy.yaml", atomically: false, encoding: .utf8)
        let taken = plans.first { $0.contains { $0.id == "copy" } }
        #expect(taken?.contains { $0.id == "luoyang-2023" } == true)
        try FileManager.default.removeItem(atPath: topics.path + "/plans/copy.yaml")
        let told = log.first { $0.contains("has no file any more") }
        #expect(told?.contains("plan=copy") == true)

        try topics.edit("streams/tourism.arrivals.yaml", "partitions: 4", "partitions: 5")
        watch.readAgain()
        #expect(
            log.first { $0.contains("with the next start") && $0.contains("tourism.arrivals") }
                != nil)
    }

    /// The folder itself is put in place of another, as a checkout or a mounted volume does.
    @Test func aFolderThatIsReplaced() throws {
        let topics = try EditedTopics()
        let (log, plans) = (Notes<String>(), Notes<[PlanContract]>())
        let (_, thread) = try running(topics, log, plans)
        defer { end(thread) }
        let manager = FileManager.default
        try manager.copyItem(atPath: topics.path + "/plans", toPath: topics.path + "/next")
        try topics.edit("next/luoyang-2023.yaml", "revision: 1", "revision: 2")
        try manager.moveItem(atPath: topics.path + "/plans", toPath: topics.path + "/before")
        try manager.moveItem(atPath: topics.path + "/next", toPath: topics.path + "/plans")
        #expect(plans.first { $0.contains { $0.revision == 2 } } != nil)
        try topics.edit("plans/luoyang-2023.yaml", "revision: 2", "revision: 3")
        #expect(plans.first { $0.contains { $0.revision == 3 } } != nil)
    }

    @Test func aStopEndsTheWaitEvenBeforeIt() throws {
        let watch = try FolderWatch(["/nowhere"])
        #expect(!watch.isWatching)
        watch.poke()
        #expect(watch.wait() == .poked)
        watch.poke()
        watch.stop()
        #expect(watch.wait() == .stopped)
        #expect(watch.wait() == .stopped)
    }
}
