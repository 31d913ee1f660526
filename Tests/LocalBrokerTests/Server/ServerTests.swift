import Testing

@testable import LocalBroker

@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    @Test func apiVersionsAreAnswered() throws {
        let running = try RunningBroker()
        let client = try running.client()
        for version in API.apiVersions.versions {
            let body = try client.call(.apiVersions, version)
            #expect(body.starts(with: [0, 0]), "version \(version)")
        }
        // What newer clients ask with first.
        #expect(try client.call(.apiVersions, 4).starts(with: [0, 35]))
    }
}
