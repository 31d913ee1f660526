import Contracts
import Events
import Testing

@Suite struct EventDecoderTests {
    let tourism: EventDecoder

    init() throws { tourism = EventDecoder(contract: try Streams.tourism) }

    static func envelope(
        _ data: String, type: String = "tourism.arrival.v1",
        time: String = "2023-06-30T23:15:00+08:00"
    ) -> String {
        """
        {"specversion":"1.0","id":"a-1","source":"/gates/longmen","type":"\(type)","time":"\(time)",\
        "datacontenttype":"application/json","data":\(data)}
        """
    }

    @Test func kernelIsNotTheFallback() {
        #if arch(x86_64) || arch(arm64)
            #expect(EventDecoder.kernel != "fallback")
        #endif
    }

    @Test func structuredEventIsReadExactly() {
        let data = """
            {"division":"410311","visitors":42,"spend":"4254.50","origin":"CN-41","site":"longmen-grottoes",\
            "overnight":true,"note":{"unread":[1,2,{"x":null}]}}
            """
        #expect(tourism.decode(TestRecord(Self.envelope(data))) == .event)
        #expect(tourism.time == Instant(rfc3339: "2023-06-30T15:15:00Z"))
        #expect(String(decoding: tourism.source, as: UTF8.self) == "/gates/longmen")
        #expect(String(decoding: tourism.id, as: UTF8.self) == "a-1")
        #expect(!tourism.isWithdrawal && !tourism.hasPrevious)
        #expect(tourism.field("division").number == 410_311)
        #expect(tourism.field("visitors").number == 42)
        #expect(tourism.field("spend").number == 425_450)
        #expect(tourism.field("origin").string == "CN-41")
        #expect(tourism.field("site").string == "longmen-grottoes")
        #expect(tourism.field("overnight").number == 1)
    }

    @Test func absentAndNullFieldsAreNotPresent() {
        let data = #"{"division":410311,"visitors":1,"spend":null}"#
        #expect(tourism.decode(TestRecord(Self.envelope(data))) == .event)
        #expect(tourism.field("division").number == 410_311)
        for name in ["spend", "origin", "site", "overnight"] {
            #expect(!tourism.field(name).isPresent)
        }
    }

    @Test func binaryEventIsReadFromHeaders() {
        let record = TestRecord(
            #"{"division":"410311","visitors":3}"#,
            headers: [
                ("ce_specversion", "1.0"), ("ce_id", "b"), ("ce_source", "s"),
                ("ce_type", "tourism.arrival.v1"), ("ce_time", "2023-06-30T15:15:00.1234567z"),
                ("content-type", "application/json"),
            ])
        #expect(tourism.decode(record) == .event)
        #expect(tourism.time.microseconds == 1_688_138_100_123_456)
        #expect(String(decoding: tourism.source, as: UTF8.self) == "s")
        #expect(tourism.field("visitors").number == 3)
    }

    @Test func correctionCarriesBoth() {
        let data = """
            {"division":"410311","visitors":40,"previous":{"time":"2023-06-30T10:00:00Z","division":"410302",\
            "visitors":42,"spend":1.5}}
            """
        #expect(tourism.decode(TestRecord(Self.envelope(data))) == .event)
        #expect(tourism.hasPrevious && !tourism.isWithdrawal)
        #expect(tourism.previousTime == Instant(rfc3339: "2023-06-30T10:00:00Z"))
        #expect(tourism.field("visitors").number == 40)
        #expect(tourism.before("visitors").number == 42)
        #expect(tourism.before("division").number == 410_302)
        #expect(tourism.before("spend").number == 150)
    }

    @Test func withdrawalNeedsOnlyItsDivision() {
        let data = """
            {"withdrawn":true,"division":"410311","visitors":"nonsense","previous":\
            {"time":"2023-06-30T10:00:00Z","division":"410311","visitors":42}}
            """
        #expect(tourism.decode(TestRecord(Self.envelope(data))) == .event)
        #expect(tourism.isWithdrawal && tourism.hasPrevious)
        #expect(!tourism.field("visitors").isPresent)
        #expect(tourism.before("visitors").number == 42)
    }

    @Test func manyHeadersAreNotSlow() {
        var headers = [
            ("ce_specversion", "1.0"), ("ce_id", "b"), ("ce_source", "s"),
            ("ce_type", "tourism.arrival.v1"), ("ce_time", "2023-06-30T15:15:00Z"),
        ]
        headers += (0..<20_000).map { ("ce_extension\($0)", "") }
        let value = #"{"division":"410311","visitors":3}"#
        #expect(tourism.decode(TestRecord(value, headers: headers)) == .event)
        headers.append(("ce_extension7", ""))
        #expect(tourism.decode(TestRecord(value, headers: headers)).word == "duplicate_member")
    }

    @Test func recordsWithoutTimeAreHeldAgainstTheWallClock() throws {
        let now = try #require(Instant(rfc3339: "2023-06-30T00:00:00Z"))
        let decoder = EventDecoder(contract: try Streams.tourism, wallClock: { now })
        let data = #"{"division":"410311","visitors":3}"#
        for (time, word) in [
            ("2023-07-01T00:00:00Z", "event"), ("2023-07-01T00:00:00.000001Z", "out_of_range"),
        ] {
            var record = TestRecord(Self.envelope(data, time: time))
            record.timestampMilliseconds = -1
            #expect(decoder.decode(record).word == word)
        }
    }

    /// A producer that dates its records ahead gains nothing by it.
    @Test func theWallClockBoundsWhatARecordSaysOfItsTime() throws {
        let now = try #require(Instant(rfc3339: "2023-06-30T00:00:00Z"))
        var asked = 0
        let decoder = EventDecoder(
            contract: try Streams.tourism,
            wallClock: {
                asked += 1
                return now
            })
        let data = #"{"division":"410311","visitors":3}"#
        func word(_ time: String, timestamp: Int64) -> String {
            var record = TestRecord(Self.envelope(data, time: time))
            record.timestampMilliseconds = timestamp
            return decoder.decode(record).word
        }
        let milliseconds = now.microseconds / 1_000
        for ahead in [Int64(1), 3_600_000, .max - milliseconds] {
            let timestamp = milliseconds + ahead
            #expect(word("2023-07-01T00:00:00Z", timestamp: timestamp) == "event")
            #expect(word("2023-07-01T00:00:00.000001Z", timestamp: timestamp) == "out_of_range")
        }
        // Who is not ahead of what the clock said already does not ask it.
        let before = asked
        for behind in [Int64(0), 1, 1_000] {
            #expect(word("2023-06-30T12:00:00Z", timestamp: milliseconds - behind) == "event")
        }
        #expect(asked == before)
        #expect(word("2023-06-30T12:00:00Z", timestamp: 0) == "out_of_range")
    }

    @Test func reasonsTellWhatAndWhere() {
        let cases = [
            (#"{"division":"410311","visitors":3.0}"#, "data.visitors is not an integer (byte 197)"),
            (#"{"division":"410311"}"#, "data.visitors is required (byte 165)"),
            (#"{"division":"410311","x":1,"x":2}"#, "data.x stands there twice (byte 192)"),
            (#"{"visitors":1,}"#, "a member's name should stand here (byte 179)"),
        ]
        for (data, message) in cases {
            guard case .dead(let reason) = tourism.decode(TestRecord(Self.envelope(data))) else {
                Issue.record("\(data) is not dead")
                continue
            }
            #expect(reason.message == message)
        }
    }

    @Test func viewsHoldWhenTheRecordsBytesAreGone() {
        let data = #"{"division":"410311","visitors":3,"site":"longmen"}"#
        var record: TestRecord? = TestRecord(Self.envelope(data))
        #expect(record.map { tourism.decode($0) } == .event)
        record = nil
        #expect(tourism.field("site").string == "longmen")
        #expect(String(decoding: tourism.id, as: UTF8.self) == "a-1")
    }
}
