import Testing

@testable import LocalBroker

@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    @Test func apiVersionsAreAnswered() throws {
        let running = try RunningBroker()
        let client = try running.client()
        for version in API.apiVersions.versions {
            let names: [UInt8] = [2, 0x61, 2, 0x62, 0]
            let body = try client.call(.apiVersions, version, version >= 3 ? names : [])
            #expect(body.starts(with: [0, 0]), "version \(version)")
        }
        // What newer clients ask with first.
        #expect(try client.call(.apiVersions, 4).starts(with: [0, 35]))
    }
}
