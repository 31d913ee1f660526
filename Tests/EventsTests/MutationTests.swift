import Contracts
import Events
import Foundation
import Testing

/// Records that nobody would write: examples with bytes changed, cut, doubled and exchanged.
/// Nothing may trap, what is accepted must hold what the contract promises, and the same seed gives
/// the same outcomes.
@Suite struct MutationTests {
    static let seed: UInt64 = 0x4845_4144_5741_5921

    /// Pieces that are likely to matter where they land.
    static let pieces: [[UInt8]] =
        [
            "\"", "\\", "\\u", "\\ud83c", "\\u0000", "{", "}", "[", "]", ",", ":", "null", "true",
            "1e3", "1.0", "-0",
            "99999999999999999999", "NaN", "Infinity", "\u{FEFF}", " ", "\n", "\0", "\"time\":",
            "\"previous\":{",
            "\"id\":\"x\",", "\"withdrawn\":true,", "24:00", "-02-30", ":60", "+23:59",
            "[[[[[[[[[[[[[[[[", "1.0\"",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE6, 0xB4]]

    @Test func hundredThousandMutationsNeverTrapAndNeverLie() throws {
        var mutator = Mutator(seed: Self.seed, pieces: Self.pieces)
        var counts: [String: Int] = [:]
        try run(100_000, &mutator) { decoder, record, outcome in
            counts[outcome.word, default: 0] += 1
            if outcome == .event { checkPromises(decoder, record) }
        }
        // The mutations reach far beyond the parser, and some hit nothing that is read.
        for word in DeadLetterReason.Name.allCases.map(\.rawValue) + ["event", "skipped"]
        where !["too_large", "rejected", "quarantined"].contains(word) {
            #expect(counts[word, default: 0] > 0, "\(word) never came: \(counts)")
        }
    }

    @Test func sameSeedGivesTheSameOutcomes() throws {
        func outcomes() throws -> [String] {
            var mutator = Mutator(seed: Self.seed ^ 1, pieces: Self.pieces)
            var lines: [String] = []
            try run(2_000, &mutator) { _, _, outcome in lines.append("\(outcome)") }
            return lines
        }
        #expect(try outcomes() == outcomes())
    }

    /// Foundation's parser is laxer than the decoder, so it must take whatever the decoder takes.
    @Test func whatIsAcceptedIsJSONToOthersToo() throws {
        var mutator = Mutator(seed: Self.seed ^ 2, pieces: Self.pieces)
        try run(10_000, &mutator) { _, record, outcome in
            guard outcome == .event, let value = record.value else { return }
            #expect(throws: Never.self, "\(String(decoding: value, as: UTF8.self))") {
                _ = try JSONSerialization.jsonObject(with: Data(value))
            }
        }
    }

    private func run(
        _ times: Int, _ mutator: inout Mutator,
        _ body: (EventDecoder, TestRecord, EventDecoder.Outcome) -> Void
    ) throws {
        let decoders = Dictionary(
            uniqueKeysWithValues: Streams.all.map { ($0.name, EventDecoder(contract: $0)) })
        let examples = Example.all
        for _ in 0..<times {
            let example = examples[mutator.below(examples.count)]
            let other = examples[mutator.below(examples.count)]
            var record = example.record
            mutator.mutate(&record, with: other.record)
            let decoder = try #require(decoders[example.stream])
            body(decoder, record, decoder.decode(record))
        }
    }

    private func checkPromises(_ decoder: EventDecoder, _ record: TestRecord) {
        let limit = Instant(microseconds: record.timestampMilliseconds * 1_000 + 86_400_000_000)
        #expect(decoder.time >= EventLimits.standard.earliest && decoder.time <= limit)
        for text in [decoder.source, decoder.id] {
            #expect(
                (1...1_024).contains(text.count) && String(validating: text, as: UTF8.self) != nil)
        }
        checkFields(decoder, decoder.isWithdrawal, decoder.current)
        if decoder.hasPrevious { checkFields(decoder, false, decoder.previous) }
    }

    private func checkFields(
        _ decoder: EventDecoder, _ onlyDivision: Bool, _ view: (Int) -> FieldView
    ) {
        for (index, field) in decoder.contract.fields.enumerated() {
            let value = view(index)
            if field.required, !onlyDivision || field.name == "division" {
                #expect(value.isPresent, "\(field.name)")
            }
            guard value.isPresent else { continue }
            for text in 0..<value.count {
                #expect(String(validating: value.text(text), as: UTF8.self) != nil)
            }
            switch field.kind {
            case .integer(let min, let max), .decimal(_, let min, let max):
                #expect(value.number >= min && value.number <= max)
            case .division: #expect((100_000...999_999).contains(value.number))
            case .word(let words): #expect(value.string == words[Int(value.number)])
            case .boolean: #expect(value.number == 0 || value.number == 1)
            case .period: #expect(value.period.first <= value.period.last)
            case .slugs(_, let maxCount): #expect(Set(value.strings).count <= maxCount)
            case .slug, .region, .text, .indicator: #expect(value.count == 1)
            }
        }
    }
}
