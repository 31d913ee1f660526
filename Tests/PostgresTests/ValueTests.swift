import HeadwayTesting
import Postgres
import Testing

struct ValueTests {
    let database: ScratchDatabase

    init() throws { database = try ScratchPostgres.shared().database() }

    private func row(_ sql: String, _ parameters: [PostgresValue]) throws -> PostgresRow {
        var connection = try database.connect()
        return try connection.query(sql, parameters)[0]
    }

    @Test func scalarsReturnAsTheyWere() throws {
        let row = try row(
            "select $1, $2, $3, $4, $5, $6, $7",
            [
                .bool(true), .int4(.min), .int8(.max), .text("洛阳 \"'\\ \u{7f}"),
                .bytes([0, 1, 255]),
                .timestamp(1_688_140_800_123_456), .date(-719_162),
            ])
        #expect(row.bool(0))
        #expect(row.int4(1) == .min)
        #expect(row.int8(2) == .max)
        #expect(row.text(3) == "洛阳 \"'\\ \u{7f}")
        #expect(row.bytes(4) == [0, 1, 255])
        #expect(row.timestamp(5) == 1_688_140_800_123_456)
        #expect(row.date(6) == -719_162)
    }

    @Test func theServerSeesTheSameValues() throws {
        let row = try row(
            "select $1::text, $2::text, $3::text, $4::text, $5::text, $6::text",
            [
                .timestamp(-1), .date(19_538), .timestamp(.max), .timestamp(.min), .int8s([1, -2]),
                .optionalTexts(["a,b", nil, ""]),
            ])
        #expect(row.text(0) == "1969-12-31 23:59:59.999999+00")
        #expect(row.text(1) == "2023-06-30")
        #expect(row.text(2) == "infinity")
        #expect(row.text(3) == "-infinity")
        #expect(row.text(4) == "{1,-2}")
        #expect(row.text(5) == "{\"a,b\",NULL,\"\"}")
    }

    @Test func arraysReturnAsTheyWere() throws {
        let row = try row(
            "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12",
            [
                .bools([true, false]), .int2s([.min, 7]), .int4s([.max, -1]), .int8s([.min, .max]),
                .optionalInt4s([nil, 3]), .optionalInt8s([4, nil, -5]), .texts(["", "ü", "{}"]),
                .optionalTexts([nil, "x"]), .byteas([[], nil, [9, 0]]), .timestamps([0, -1, .max]),
                .optionalTimestamps([nil, 5]), .dates([0, 1, -1]),
            ])
        #expect(row.boolArray(0) == [true, false])
        #expect(row.int2Array(1) == [.min, 7])
        #expect(row.int4Array(2) == [.max, -1])
        #expect(row.int8Array(3) == [.min, .max])
        #expect(row.optionalInt4Array(4) == [nil, 3])
        #expect(row.optionalInt8Array(5) == [4, nil, -5])
        #expect(row.textArray(6) == ["", "ü", "{}"])
        #expect(row.optionalTextArray(7) == [nil, "x"])
        #expect(row.byteaArray(8) == [[], nil, [9, 0]])
        #expect(row.timestampArray(9) == [0, -1, .max])
        #expect(row.optionalTimestampArray(10) == [nil, 5])
        #expect(row.dateArray(11) == [0, 1, -1])
    }

    @Test func emptyArraysAndNulls() throws {
        let row = try row(
            "select $1, $2, $3, $4, $5, $6, $7, $8, $9::int8, $10::text, $11::timestamptz",
            [
                .int8s([]), .texts([]), .byteas([]), .timestamps([]), .optionalInt8s([]),
                .bools([]), .dates([]),
                .optionalTimestamps([nil]), .null, .null, .null,
            ])
        #expect(row.int8Array(0) == [])
        #expect(row.textArray(1) == [])
        #expect(row.byteaArray(2) == [])
        #expect(row.timestampArray(3) == [])
        #expect(row.optionalInt8Array(4) == [])
        #expect(row.boolArray(5) == [])
        #expect(row.dateArray(6) == [])
        #expect(row.optionalTimestampArray(7) == [nil])
        #expect(row.optionalInt8(8) == nil)
        #expect(row.optionalText(9) == nil)
        #expect(row.optionalTimestamp(10) == nil)
    }

    @Test func jsonIsReadAsItsText() throws {
        let row = try row("select '{\"a\": 1}'::jsonb, '[1]'::json, 5::int2, 6::int4", [])
        #expect(row.text(0) == "{\"a\": 1}")
        #expect(row.text(1) == "[1]")
        #expect(row.int8(2) == 5)
        #expect(row.int8(3) == 6)
    }

    @Test func hundredsOfThousandsOfElements() throws {
        let count = 300_000
        let numbers = (0..<count).map { Int64($0) &* 0x1e37_79b9_7f4a_7c15 }
        let row = try row(
            "select count(*), sum(hashint8(n)), $1 from unnest($1) n", [.int8s(numbers)])
        #expect(row.int8(0) == Int64(count))
        #expect(row.int8Array(2) == numbers)
    }

    @Test func aNullAndANumberOfTheSameStatementAreBothUnderstood() throws {
        var connection = try database.connect()
        let sql = "select $1::int4 is null"
        #expect(try connection.query(sql, [.null])[0].bool(0))
        #expect(try !connection.query(sql, [.int8(5)])[0].bool(0))
        #expect(try connection.query(sql, [.null])[0].bool(0))
    }
}
