import Contracts
import Foundation

/// A row of a table as a target of a plan's file. Whatever the reader of plans checks is not
/// checked here.
struct TargetDraft: Sendable {
    enum Source: Sendable, Equatable {
        case metric(String, condition: String?)
        case indicator(String, stream: String)
    }

    var row: Int
    var id: String
    var nameZh: String?
    var nameEn: String?
    var sector: String
    var area: String
    var kind: TargetContract.Kind
    var bound: TargetContract.Bound
    var value: Decimal
    var valueMax: Decimal?
    var tolerance: Decimal?
    var slack: Decimal?
    var unit: String
    var windowStart: CivilDate?
    var deadline: CivilDate?
    var source: Source
    var trajectory: String?
    /// The words of the promise, where the row has them.
    var asWritten: String?
    /// What was taken for granted: it becomes comments.
    var assumptions: [String] = []
    var note: String?
}
