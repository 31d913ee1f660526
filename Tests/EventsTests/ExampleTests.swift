import Contracts
import Events
import Testing

/// The examples of `Topics/` are what their names say.
@Suite struct ExampleTests {
    @Test(arguments: Example.all) func exampleBecomesWhatItsNameSays(example: Example) throws {
        let decoder = EventDecoder(contract: try Streams.named(example.stream))
        let outcome = decoder.decode(example.record)
        #expect(outcome.word == example.expect, "\(outcome)")
    }

    @Test func everyStreamHasExamplesOfEveryKind() throws {
        // A record that is too large would be too large for an example.
        let reasons = DeadLetterReason.Name.allCases.map(\.rawValue)
            .filter { !["too_large", "rejected", "quarantined"].contains($0) }
        for stream in Streams.all {
            let examples = Example.all.filter { $0.stream == stream.name }
            let found = Set(examples.map(\.expect))
            #expect(found == Set(reasons + ["event", "skipped"]), "\(stream.name)")
            let names = Set(examples.map(\.name))
            let others = stream.kind == .events ? ["correction", "withdrawal"] : ["revision"]
            #expect(
                names.isSuperset(of: ["good", "tick", "binary-good"] + others), "\(stream.name)")
        }
    }

    @Test func correctionsTakeBackWhatTheGoodOnesSaid() throws {
        for stream in Streams.all where stream.kind == .events {
            let decoder = EventDecoder(contract: stream)
            let find = { name in Example.all.first { $0.stream == stream.name && $0.name == name } }
            let good = try #require(find("good"))
            #expect(decoder.decode(good.record) == .event)
            let time = decoder.time
            let numbers = stream.fields.indices.map { decoder.current($0).number }
            for name in ["correction", "withdrawal"] {
                #expect(decoder.decode(try #require(find(name)).record) == .event)
                #expect(decoder.hasPrevious && decoder.isWithdrawal == (name == "withdrawal"))
                #expect(decoder.previousTime == time)
                #expect(stream.fields.indices.map { decoder.previous($0).number } == numbers)
            }
        }
    }
}
