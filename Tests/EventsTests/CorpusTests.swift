import Contracts
import Events
import Testing

/// Every record of the corpus becomes what its line says, in every field that the line names.
@Suite struct CorpusTests {
    @Test func everyRecordBecomesWhatItShould() throws {
        let decoders = Dictionary(
            uniqueKeysWithValues: Streams.all.map { ($0.name, EventDecoder(contract: $0)) })
        let records = try CorpusRecord.load()
        #expect(records.count > 800)
        for record in records {
            let decoder = try #require(decoders[record.stream])
            let outcome = decoder.decode(record.record)
            #expect(outcome.word == record.expect, "\(record.name): \(outcome)")
            guard outcome.word == record.expect else { continue }
            switch outcome {
            case .event: check(decoder, record)
            case .skipped(let time): #expect(time?.microseconds == record.time, "\(record.name)")
            case .dead(let reason):
                #expect(reason.stage.rawValue == record.stage, "\(record.name)")
                #expect(
                    !reason.message.isEmpty && reason.message.utf8.count < 400, "\(record.name)")
                #expect(!reason.message.utf8.contains { $0 < 0x20 }, "\(record.name)")
            }
        }
    }

    @Test func everyRowOfTheFaultTableHasRecords() throws {
        let rows = Set(try CorpusRecord.load().flatMap(\.rows))
        #expect(rows == Set((23...35).map { "F\($0)" }))
    }

    private func check(_ decoder: EventDecoder, _ record: CorpusRecord) {
        #expect(decoder.time.microseconds == record.time, "\(record.name)")
        if let withdrawal = record.withdrawal {
            #expect(decoder.isWithdrawal == withdrawal, "\(record.name)")
        }
        if let previousTime = record.previousTime {
            #expect(decoder.hasPrevious, "\(record.name)")
            #expect(decoder.previousTime.microseconds == previousTime, "\(record.name)")
        }
        for (name, expected) in record.fields ?? [:] {
            check(decoder.field(name), expected, "\(record.name): \(name)")
        }
        for (name, expected) in record.previous ?? [:] {
            check(decoder.before(name), expected, "\(record.name): previous \(name)")
        }
    }

    private func check(_ field: FieldView, _ expected: CorpusRecord.Field?, _ what: Comment) {
        #expect(field.isPresent == (expected != nil), what)
        guard let expected, field.isPresent else { return }
        if let number = expected.number { #expect(field.number == number, what) }
        if let texts = expected.texts { #expect(field.strings == texts, what) }
    }
}
