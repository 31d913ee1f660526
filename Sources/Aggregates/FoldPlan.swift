internal import Contracts

/// A stream's metrics laid out for the fold: fields by their place, words by their number, nothing
/// to look up.
final class FoldPlan {
    enum Filter {
        case none
        case isTrue(field: Int)
        case word(field: Int, number: Int64)
        case text(field: Int, value: UnsafeRawBufferPointer)
        /// The value is none of the field's words: no event passes.
        case never
    }

    struct Metric {
        /// -1 counts events.
        var measureField: Int
        var filter: Filter
    }

    /// Up to three metrics whose sums stand in one cell: all totals, or all broken down by one
    /// field.
    struct Cluster {
        /// In `memberFields`; -1 for totals.
        var memberField: Int
        /// Metrics by lane of the cell; -1 where there is none.
        var first: Int
        var second: Int
        var third: Int

        subscript(lane: Int) -> Int { lane == 0 ? first : lane == 1 ? second : third }
    }

    struct MemberField {
        var name: String
        /// In the contract's fields.
        var field: Int
        /// The members of a field that has a fixed set, by their number; nil: texts are interned.
        var words: [String]?
    }

    let metricNames: [String]
    let metrics: UnsafeMutableBufferPointer<Metric>
    /// Those of totals first.
    let clusters: UnsafeMutableBufferPointer<Cluster>
    let totalClusters: Int
    let memberFields: [MemberField]
    /// Of each of `memberFields`, for the hot loop: its place, and whether its members are fixed.
    let memberPlaces: UnsafeMutableBufferPointer<(field: Int, isFixed: Bool)>
    /// -1 where the stream has none.
    let divisionField: Int
    /// Most members of one field of one event.
    static let membersMax = 16

    /// The contract was checked when it was read: its metrics name fields that exist and can be
    /// used so.
    init(contract: StreamContract) {
        var memberFields: [MemberField] = []
        var brokenDown: [[Int]] = []
        var compiled: [Metric] = []
        for (number, metric) in contract.metrics.enumerated() {
            for name in metric.breakdowns {
                let field = FoldPlan.place(of: name, in: contract)
                let known = memberFields.firstIndex { $0.field == field }
                if known == nil {
                    let words = FoldPlan.words(of: contract.fields[field])
                    memberFields.append(MemberField(name: name, field: field, words: words))
                    brokenDown.append([])
                }
                brokenDown[known ?? memberFields.count - 1].append(number)
            }
            var measure = -1
            if case .sum(let name) = metric.measure {
                measure = FoldPlan.place(of: name, in: contract)
            }
            let filter = FoldPlan.compile(metric.filter, contract)
            compiled.append(Metric(measureField: measure, filter: filter))
        }
        metricNames = contract.metrics.map(\.name)
        metrics = .allocate(capacity: compiled.count)
        _ = metrics.initialize(from: compiled)
        let totals = FoldPlan.clusters(of: Array(compiled.indices), memberField: -1)
        let all = brokenDown.enumerated().reduce(totals) {
            $0 + FoldPlan.clusters(of: $1.element, memberField: $1.offset)
        }
        totalClusters = totals.count
        clusters = .allocate(capacity: all.count)
        _ = clusters.initialize(from: all)
        self.memberFields = memberFields
        memberPlaces = .allocate(capacity: memberFields.count)
        _ = memberPlaces.initialize(from: memberFields.map { ($0.field, $0.words != nil) })
        divisionField = contract.fields.firstIndex { $0.kind == .division } ?? -1
    }

    deinit {
        for metric in metrics {
            if case .text(_, let value) = metric.filter { value.deallocate() }
        }
        metrics.deallocate()
        clusters.deallocate()
        memberPlaces.deallocate()
    }

    private static func clusters(of metrics: [Int], memberField: Int) -> [Cluster] {
        stride(from: 0, to: metrics.count, by: CellTable.lanes).map { first in
            func metric(_ lane: Int) -> Int {
                first + lane < metrics.count ? metrics[first + lane] : -1
            }
            return Cluster(
                memberField: memberField, first: metric(0), second: metric(1), third: metric(2))
        }
    }

    private static func place(of name: String, in contract: StreamContract) -> Int {
        guard let place = contract.fields.firstIndex(where: { $0.name == name }) else {
            preconditionFailure(
                "stream \(contract.name): a metric names field \(name), which is not there")
        }
        return place
    }

    private static func words(of field: FieldContract) -> [String]? {
        switch field.kind {
        case .boolean: return ["false", "true"]
        case .word(let words): return words
        case .slug, .slugs, .region, .text, .indicator, .period: return nil
        case .division, .integer, .decimal:
            preconditionFailure(
                "field \(field.name) is a number: metrics cannot be broken down by it")
        }
    }

    private static func compile(
        _ filter: MetricContract.Filter?, _ contract: StreamContract
    ) -> Filter {
        switch filter {
        case nil: return .none
        case .isTrue(let name): return .isTrue(field: place(of: name, in: contract))
        case .equals(let name, let value):
            let field = place(of: name, in: contract)
            if case .word(let words) = contract.fields[field].kind {
                guard let number = words.firstIndex(of: value) else { return .never }
                return .word(field: field, number: Int64(number))
            }
            let bytes = Array(value.utf8)
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            return .text(field: field, value: UnsafeRawBufferPointer(copy))
        }
    }
}
