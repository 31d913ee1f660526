import Glibc
import LocalBroker
import Testing

/// What is offered, and what becomes of requests that are not.
@Suite struct VersionConformanceTests {
    @Test(arguments: BrokerUnderTest.present)
    func theOfferIsTheBrokers(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        for version in API.apiVersions.versions {
            let answer = try client.ask(.apiVersions, version)
            #expect(answer.error == 0)
            for api in API.allCases {
                let offer = answer.apis.element("key", .init(api.rawValue))
                let (least, most) = (offer.min.int, offer.max.int)
                #expect(least >= 0 && least <= api.versions.lowerBound, "\(api)")
                #expect(most >= api.versions.upperBound, "\(api)")
                if broker == .local { #expect(most == api.versions.upperBound) }
            }
            if broker == .local { #expect(answer.apis.list.count == API.allCases.count) }
        }
    }

    /// A client that asks for too much learns what there is, in the body of version 0.
    @Test(arguments: BrokerUnderTest.present)
    func newerClientsFallBack(broker: BrokerUnderTest) throws {
        let client = try Conversation(broker)
        try client.send(key: 18, version: 99, flexible: true, [2, 97, 2, 98, 0])
        let bytes = try client.receive()
        let answer = try MessageTable.answer(.apiVersions).decode(bytes, from: 4, version: 0)
        #expect(answer.error == 35)
        let own = answer.apis.element("key", 18)
        #expect(own.min == 0 && own.max.int >= 3)
        let then = try client.ask(.apiVersions, 3)
        #expect(then.error == 0)
    }

    /// Kafka closes the connection; an answer that says UNSUPPORTED_VERSION would do as well. No
    /// request is left hanging, and the broker stays.
    @Test(arguments: BrokerUnderTest.present, API.allCases)
    func unsupportedVersionsAreNoHang(broker: BrokerUnderTest, api: API) throws {
        // In its place: an API that there is not.
        let key = api == .apiVersions ? 999 : api.rawValue
        for version: Int16 in [99, -1] {
            let client = try Conversation(broker)
            try client.send(key: key, version: version, flexible: true, [0, 0, 0, 0])
            do {
                let bytes = try client.receive()
                let says35 = bytes.indices.contains { bytes[$0...].starts(with: [0, 35]) }
                let answers = Difference.unsupportedVersions.expected(
                    broker, kafka: false, local: true)
                #expect(answers && says35, "\(version)")
            } catch Conversation.Failure.closed {}
        }
        let answer = try Conversation(broker).ask(.apiVersions)
        #expect(answer.error == 0)
    }

    @Test(arguments: BrokerUnderTest.present)
    func requestsThatAreNoneCloseTheConnection(broker: BrokerUnderTest) throws {
        let requests: [(String, [UInt8])] = [
            ("a negative size", [255, 255, 255, 255, 0, 0]),
            ("a size beyond all limits", [127, 255, 255, 255, 0, 0]),
            ("half a header", [0, 0, 0, 3, 0, 3, 0]),
            // Metadata 1 with a topic's name that is longer than the request.
            (
                "half a body",
                [0, 0, 0, 16, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0, 0, 0, 1, 0, 99]
            ),
            (
                "an array of two thousand millions",
                [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 127, 255, 255, 255]
            ),
        ]
        for (what, bytes) in requests {
            let client = try Conversation(broker)
            try client.write(bytes)
            let isClosed = try client.isClosed()
            #expect(isClosed, "\(what)")
        }
        let answer = try Conversation(broker).ask(.apiVersions)
        #expect(answer.error == 0)
    }

    /// Not to be missed: a version that is not here was not checked.
    @Test(
        .enabled(
            if: BrokerUnderTest.present.count == BrokerUnderTest.allCases.count,
            "../shared/kafka has not both 3.9.2 and 4.3.1: only some brokers were asked"))
    func allBrokersArePresent() {
        #expect(BrokerUnderTest.present == BrokerUnderTest.allCases)
    }
}
