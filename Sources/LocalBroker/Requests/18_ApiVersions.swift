extension Broker {
    /// The table of APIs. A version above the offer is answered too, in the body of version 0 with
    /// error 35: a newer client asks again with what it finds there.
    func apiVersions(_ call: Call, _ request: inout WireReader) throws {
        let isKnown = API.apiVersions.versions.contains(call.version)
        let isFlexible = isKnown && call.version >= 3
        if isFlexible {
            // The client's name and version.
            for _ in 0..<2 { _ = try request.compactString() }
            try request.skipTags()
        }
        var answer = WireWriter()
        answer.error(isKnown ? .none : .unsupportedVersion)
        if isFlexible {
            answer.unsignedVarint(UInt32(API.allCases.count) + 1)
        } else {
            answer.int32(Int32(API.allCases.count))
        }
        for api in API.allCases {
            answer.write(api.rawValue, api.lowestTold, api.versions.upperBound)
            if isFlexible { answer.unsignedVarint(0) }
        }
        if isKnown && call.version >= 1 { answer.int32(0) }
        if isFlexible { answer.unsignedVarint(0) }
        self.answer(call, answer)
    }
}
