import Kafka
import Ledger
import Relay
import Testing

@Suite struct RelayBatchTests {
    private func texts(_ record: RelayRecord) -> [String] {
        record.headers.map {
            String(decoding: $0.name, as: UTF8.self) + "="
                + String(decoding: $0.value ?? [], as: UTF8.self)
        }
    }

    @Test func aChangeBecomesTwoRecords() throws {
        let batch = try Rows.batch([
            RelayChange(
                plan: "luoyang-2023", sequence: 1, target: "tourism.visitors",
                decidedAt: 1_688_140_800_123_456, data: "{}")
        ])
        #expect(batch.records.map(\.place) == [Rows.changesPlace, Rows.statusPlace])
        let record = batch.records[0]
        #expect(record.key == Array("luoyang-2023/tourism.visitors".utf8))
        #expect(record.value == Array("{}".utf8))
        #expect(record.timestampMilliseconds == 1_688_140_800_123)
        #expect(
            texts(record) == [
                "content-type=application/json", "ce_specversion=1.0", "ce_id=luoyang-2023/1",
                "ce_source=/headway/luoyang-2023", "ce_type=target.status-changed.v1",
                "ce_subject=luoyang-2023/tourism.visitors", "ce_time=2023-06-30T16:00:00.123456Z",
                "ce_sequence=00000000000000000001",
                "ce_dataschema=urn:headway:schema:target.status-changed.v1"
            ])
        #expect(texts(batch.records[1]).contains("ce_type=target.status.v1"))
    }

    @Test func theStateTopicGetsTheLatestOfEachTarget() throws {
        let batch = try Rows.batch([
            Rows.change(1, target: "a"), Rows.change(2, target: "b"), Rows.change(3, target: "a")
        ])
        let states = batch.records.filter { $0.place == Rows.statusPlace }
        #expect(
            states.map { String(decoding: $0.value ?? [], as: UTF8.self) } == [
                "{\"sequence\":3}", "{\"sequence\":2}"
            ])
        #expect(batch.records.filter { $0.place == Rows.changesPlace }.count == 3)
        #expect(batch.marks == [Rows.changes: 3])
    }

    @Test func aDeadLetterKeepsWhatItWas() throws {
        let batch = try Rows.batch([], [Rows.letter(7)])
        let record = try #require(batch.records.first)
        #expect(record.place == Rows.deadPlace)
        #expect(record.key == [1] && record.value == [2, 3])
        #expect(record.timestampMilliseconds == 1_000)
        #expect(record.headers[0] == KafkaHeader(name: Array("own".utf8), value: [9]))
        #expect(
            texts(record).dropFirst() == [
                "__connect.errors.topic=in", "__connect.errors.partition=0",
                "__connect.errors.offset=7", "__connect.errors.stage=decode",
                "__connect.errors.exception.class.name=bad_json",
                "__connect.errors.exception.message=byte 3", "headway_dead_letter_id=in/0/7"
            ])
        #expect(batch.marks == [Rows.letters: 7])
    }

    @Test func aTimeThatBrokersRefuseMovesIntoAHeader() throws {
        let record = try #require(try Rows.batch([], [Rows.letter(7)]).records.first)
        let limit = 1_000 - RelayDeadLetter.aheadMax
        #expect(record.dated(by: limit) == record)
        let dated = record.dated(by: limit - 1)
        #expect(dated.timestampMilliseconds == limit - 1)
        #expect(texts(dated) == texts(record) + ["headway_record_timestamp=1000"])
        func found(_ record: RelayRecord, _ header: String?) -> Bool {
            let published = record.timestampMilliseconds ?? 0
            return RelayDeadLetter.mayBePublished(1_000, under: published, header: header)
        }
        #expect(found(record, nil) && found(dated, "1000"))
        #expect(!found(dated, nil) && !found(dated, "1001"))
        #expect(!RelayDeadLetter.mayBePublished(1_000, under: limit, header: "1000"))
        // After a crash the same record may have to be recognised when its time has come.
        #expect(dated.digest == record.digest)
    }

    @Test func whatNoTopicTakesIsNamed() throws {
        let letter = Rows.letter(7, bytes: 20_000_000)
        let record = try #require(try Rows.batch([], [letter]).records.first)
        #expect(texts(record).last == "headway_dead_letter_bytes=20000000")
    }

    @Test func repeatedDeadLettersOnlyMoveTheMark() throws {
        let batch = try Rows.batch(
            [], [Rows.letter(3, repeated: true), Rows.letter(9, repeated: true)])
        #expect(batch.records.isEmpty)
        #expect(batch.marks == [Rows.letters: 9])
    }

    @Test func batchesAreBounded() throws {
        let rows = RelayRows(
            changes: (1...50).map { Rows.change($0) }, deadLetters: [Rows.letter(1), Rows.letter(2)]
        )
        var limits = RelayBatch.Limits()
        limits.records = 20
        var marks: [RelayShard: Int64] = [:]
        var rest = rows
        var sizes: [Int] = []
        while let batch = try RelayBatch.assemble(
            rest, after: marks, outputs: Rows.outputs, limits: limits)
        {
            marks.merge(batch.marks) { $1 }
            rest.changes.removeAll { $0.sequence <= marks[Rows.changes] ?? 0 }
            rest.deadLetters.removeAll { $0.offset <= marks[Rows.letters] ?? -1 }
            sizes.append(batch.ranges.reduce(0) { $0 + Int($1.toInclusive - $1.fromExclusive) })
        }
        #expect(marks == [Rows.changes: 50, Rows.letters: 2])
        #expect(sizes == [20, 20, 13])
        // One record that is larger than the limit still goes.
        limits.bytes = 1
        let first = try RelayBatch.assemble(
            rows, after: [:], outputs: Rows.outputs, limits: limits)
        #expect(first?.marks == [Rows.changes: 1])
    }

    @Test func aGapIsAContradiction() {
        #expect(throws: RelayContradiction.self) { try Rows.batch([Rows.change(2)]) }
        #expect(throws: RelayContradiction.self) {
            try Rows.batch([Rows.change(1), Rows.change(3)])
        }
    }
}
