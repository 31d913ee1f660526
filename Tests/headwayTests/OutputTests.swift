import Contracts
import Foundation
import Synchronization
import Testing

@testable import headway

/// Collects what is written.
final class Written: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    @Sendable func take(_ line: String) { lines.withLock { $0.append(line) } }
}

@Suite struct LogTests {
    private func log(_ form: Log.Form, _ written: Written, least: LogLevel = .info) -> Log {
        Log(
            form: form, least: least, sink: written.take,
            clock: { Date(timeIntervalSince1970: 1_700_000_000.25) })
    }

    @Test func aLineIsKeysAndValues() {
        let written = Written()
        log(.text, written).info(
            "batch committed", [.topic: "a.v1", .offset: 12, .detail: "two words", .error: ""])
        #expect(
            written.all == [
                "time=2023-11-14T22:13:20.250Z level=info event=\"batch committed\" topic=a.v1 offset=12 "
                    + "detail=\"two words\" error=\"\"\n"
            ])
    }

    @Test func jsonKeepsNumbersNumbers() {
        let written = Written()
        log(.json, written).warning("slow", [.milliseconds: Int64.max, .detail: "a\"b\n\u{1}"])
        #expect(
            written.all == [
                "{\"time\":\"2023-11-14T22:13:20.250Z\",\"level\":\"warning\",\"event\":\"slow\","
                    + "\"milliseconds\":9223372036854775807,\"detail\":\"a\\\"b\\n\\u0001\"}\n"
            ])
    }

    @Test func linesBelowTheLevelAreLeftOut() {
        let written = Written()
        let log = log(.text, written, least: .warning)
        log.debug("a")
        log.info("b")
        log.warning("c")
        log.error("d")
        #expect(written.all.count == 2)
    }

    /// No field can carry a payload or a secret: the list is the whole vocabulary.
    @Test func fieldsAreAnAllowList() {
        for field in LogField.allCases {
            for word in ["value", "payload", "key", "password", "secret", "header", "url"] {
                #expect(!field.rawValue.contains(word), "\(field.rawValue)")
            }
        }
    }
}

@Suite struct ProgressTests {
    @Test func plainLinesElsewhereAndABarOnATerminal() {
        let clock = Mutex(0.0)
        let written = Written()
        func progress(_ isTerminal: Bool) -> ProgressBar {
            ProgressBar(
                label: "x", total: 200, unit: "records", isTerminal: isTerminal, width: 80,
                sink: written.take,
                clock: { clock.withLock { $0 } })
        }
        let plain = progress(false)
        clock.withLock { $0 = 10 }
        plain.update(done: 100)
        plain.update(done: 101)
        plain.finish()
        #expect(
            written.all == [
                "x: 100/200 records, 10/s, 10 s left\n", "x: 101/200 records, 10/s, 9 s left\n",
            ])
        let bar = progress(true)
        clock.withLock { $0 = 20 }
        bar.update(done: 200)
        bar.finish()
        #expect(written.all[2].hasPrefix("\r\u{1B}[2Kx [########"))
        #expect(written.all.last?.hasSuffix("\n") == true)
    }

    @Test func digitsAreGrouped() {
        #expect(grouped(0) == "0")
        #expect(grouped(999) == "999")
        #expect(grouped(-1_234_567) == "-1,234,567")
        #expect(grouped(.min) == "-9,223,372,036,854,775,808")
    }
}

@Suite struct TableTests {
    @Test func wideCharactersTakeTwoPlaces() {
        #expect(TextTable.width("洛阳a") == 5)
        #expect(TextTable.cut("接待游客人次", to: 7) == "接待游…")
        #expect(TextTable.cut("short", to: 7) == "short")
        var table = TextTable([("name", .left), ("n", .right)])
        table.add(["洛阳", "1"])
        table.add(["abc", "22"])
        #expect(table.text == "name   n\n洛阳   1\nabc   22\n")
    }
}
