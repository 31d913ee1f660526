import Contracts
import Events
import Testing

/// The decoder's times and those of the contracts follow the same rules: two parsers, one answer.
@Suite struct TimeTests {
    static let examples = [
        "2023-06-30T16:00:00Z", "2023-06-30t16:00:00.5z", "2000-02-29T23:59:59.999999999+23:59",
        "2024-02-29T00:00:00-23:59", "2023-12-31T23:59:59.000001-00:00",
        "1999-12-31T16:00:00+00:00",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.123456-23:59",
    ]

    private func both(_ text: [UInt8]) -> (Int64?, Int64?) {
        text.withUnsafeBytes {
            (EventDecoder.microseconds(rfc3339: $0), Instant(rfc3339: $0)?.microseconds)
        }
    }

    @Test(arguments: examples) func goodTimesAreRead(text: String) {
        let (mine, theirs) = both(Array(text.utf8))
        #expect(mine != nil)
        #expect(mine == theirs)
    }

    @Test func everyDayOfFourCenturiesIsTheSame() {
        for year in [1, 4, 100, 400, 1600, 1900, 1970, 1999, 2000, 2023, 2024, 2100, 9999] {
            for month in 0...13 {
                for day in 0...32 {
                    let text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T12:00:00Z"
                    let (mine, theirs) = both(Array(text.utf8))
                    #expect(mine == theirs, "\(text)")
                }
            }
        }
    }

    @Test func changedTimesAreTheSameToBoth() {
        var mutator = Mutator(seed: 7, pieces: [])
        let alphabet = Array("0123456789-+:.TtZz 9".utf8)
        var accepted = 0
        for _ in 0..<50_000 {
            var text = Array(Self.examples[mutator.below(Self.examples.count)].utf8)
            for _ in 0...mutator.below(3) {
                let at = mutator.below(text.count)
                switch mutator.below(8) {
                case 0 where text.count > 1: text.remove(at: at)
                case 1: text.insert(alphabet[mutator.below(alphabet.count)], at: at)
                default: text[at] = alphabet[mutator.below(alphabet.count)]
                }
            }
            let (mine, theirs) = both(text)
            #expect(mine == theirs, "\(String(decoding: text, as: UTF8.self))")
            if mine != nil { accepted += 1 }
        }
        #expect(accepted > 1_000)
    }

    private func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
