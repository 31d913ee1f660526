import Contracts
import Foundation
import Testing

@testable import headway

@Suite struct CSVReaderTests {
    private func rows(_ text: String) throws -> [CSVReader.Row] {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var reader = CSVReader(bytes)
            var found: [CSVReader.Row] = []
            while let row = try reader.next() { found.append(row) }
            return found
        }
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a\n\n\nb", [["a"], ["b"]]),
        ("\"a,1\",\"b\"\"q\"\n", [["a,1", "b\"q"]]),
        ("\"two\nlines\",x\n", [["two\nlines", "x"]]),
        ("a,\n,b\n,", [["a", ""], ["", "b"], ["", ""]]),
        ("", []),
    ])
    func rowsAreReadAsRFC4180(text: String, expected: [[String]]) throws {
        #expect(try rows(text).map(\.cells) == expected)
    }

    @Test func linesAreThoseOfTheFile() throws {
        #expect(try rows("a\n\"x\ny\"\nb\n").map(\.line) == [1, 2, 4])
        #expect(throws: CSVReader.Failure(line: 2, message: "a quote that is never closed")) {
            try rows("a\n\"b\n")
        }
        #expect(throws: CSVReader.Failure(line: 1, message: "text after a closing quote")) {
            try rows("\"a\"b\n")
        }
    }
}

@Suite struct AcknowledgementJournalTests {
    private let path = NSTemporaryDirectory() + "journal-\(UUID().uuidString)"

    private func open(subject: String = "s", restart: Bool = false) throws -> AcknowledgementJournal
    {
        try AcknowledgementJournal(path: path, subject: subject, restart: restart)
    }

    @Test func goesOnWhereItEnded() throws {
        defer { unlink(path) }
        do {
            let journal = try open()
            try journal.add([0, 1, 2, 7])
            try journal.add([4])
        }
        let again = try open()
        #expect(again.ranges == [0...2, 4...4, 7...7])
        #expect(again.count == 5)
        #expect(again.firstMissing(from: 0) == 3)
        #expect(again.firstMissing(from: 4) == 5)
        #expect(again.firstMissing(from: 8) == 8)
        try again.add([3, 5, 6])
        #expect(again.ranges == [0...7])
    }

    @Test func aLineThatWasCutOffAcknowledgesNothing() throws {
        defer { unlink(path) }
        try "s\n0 5\n6".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try open().ranges == [0...5])
    }

    @Test func anotherFileIsRefused() throws {
        defer { unlink(path) }
        try open().add([1])
        #expect(throws: CommandFailure.self) { try open(subject: "other") }
        #expect(try open(subject: "other", restart: true).count == 0)
    }
}

@Suite struct AcknowledgedPrefixTests {
    @Test func reachesAsFarAsEverythingIsAcknowledged() {
        var prefix = AcknowledgedPrefix<Int>()
        #expect(prefix.current == 0)
        prefix.sent()
        prefix.sent()
        prefix.close(at: 2)
        #expect(prefix.current == 1)
        prefix.sent()
        prefix.close(at: 3)
        prefix.acknowledged(block: 1)
        #expect(prefix.take() == nil)
        prefix.acknowledged(block: 0)
        #expect(prefix.take() == nil)
        prefix.acknowledged(block: 0)
        #expect(prefix.take() == 3)
        #expect(prefix.take() == nil)
        prefix.acknowledged(block: 0)
        #expect(prefix.current == 2)
    }
}

@Suite struct CSVMappingTests {
    private func contract() throws -> StreamContract {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try #require(Catalogue.load(root.path + "/Topics").stream(named: "tourism.arrivals"))
    }

    @Test func columnsFillMembers() throws {
        let mapping = try CSVMapping(
            header: ["日期", "division", "人次", "spend", "overnight", "note"],
            pairs: ["日期=time", "人次=visitors"],
            contract: contract(), source: "/files/may.csv", fileMark: "f")
        let row = CSVReader.Row(
            line: 2, cells: ["2023-05-01T08:00:00+08:00", "410311", "12", "4254.50", "是", "x"])
        #expect(
            mapping.event(row, index: 0)
                == "{\"specversion\":\"1.0\",\"id\":\"f-1\",\"source\":\"/files/may.csv\","
                + "\"type\":\"tourism.arrival.v1\",\"time\":\"2023-05-01T08:00:00+08:00\","
                + "\"data\":{\"division\":\"410311\",\"visitors\":12,\"spend\":\"4254.50\",\"overnight\":true}}"
        )
    }

    @Test func whatDoesNotFitIsToldWithAHint() throws {
        let contract = try contract()
        func message(_ header: [String], _ pairs: [String]) -> String? {
            do {
                _ = try CSVMapping(
                    header: header, pairs: pairs, contract: contract, source: "s", fileMark: "f")
                return nil
            } catch {
                return (error as? UsageFailure)?.message
            }
        }
        #expect(
            message(["time", "division"], []) == "no column fills visitors: --map COLUMN=visitors")
        #expect(message(["a"], ["b=time"])?.hasPrefix("the file has no column b") == true)
        #expect(
            message(["a"], ["a=visitor"])
                == "tourism.arrivals has no member visitor; did you mean visitors?")
    }
}
