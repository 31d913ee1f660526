import Contracts
import Foundation
import Testing

/// The streams as `Topics/` declares them.
enum Streams {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let all: [StreamContract] = {
        let report = CatalogueReport.read(root.appendingPathComponent("Topics").path)
        for problem in report.errors { Issue.record("\(problem)") }
        return report.catalogue?.streams ?? []
    }()

    static func named(_ name: String) throws -> StreamContract {
        try #require(all.first { $0.name == name })
    }

    static var tourism: StreamContract { get throws { try named("tourism.arrivals") } }
}
