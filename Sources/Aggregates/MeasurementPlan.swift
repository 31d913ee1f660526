internal import Contracts

/// Where a measurement stream's figures stand in its contract.
struct MeasurementPlan {
    let indicator: Int
    let division: Int
    let period: Int
    let value: Int
    let unit: Int?
    let basis: Int?
    let revision: Int?
    /// Brings a value of the contract's scale to millionths.
    let factor: Int64
    let bases: [MeasurementRow.Basis]
    /// Decimals of a reading's value in the ledger.
    static let scale = 6

    /// Nil for a stream of events. The contract was checked when it was read.
    init?(contract: StreamContract) {
        guard contract.kind == .measurements else { return nil }
        func place(_ name: String) -> Int? { contract.fields.firstIndex { $0.name == name } }
        guard let indicator = place("indicator"), let division = place("division"),
            let period = place("period"), let value = place("value")
        else {
            preconditionFailure("stream \(contract.name) lacks a member that measurements need")
        }
        self.indicator = indicator
        self.division = division
        self.period = period
        self.value = value
        unit = place("unit")
        basis = place("basis")
        revision = place("revision")
        var scale = 0
        if case .decimal(let decimals, _, _) = contract.fields[value].kind { scale = decimals }
        precondition(scale <= MeasurementPlan.scale, "a measurement has at most six decimals")
        factor = (scale..<MeasurementPlan.scale).reduce(Int64(1)) { product, _ in product * 10 }
        var bases: [MeasurementRow.Basis] = []
        if let basis, case .word(let words) = contract.fields[basis].kind {
            bases = words.map { MeasurementRow.Basis(rawValue: $0) ?? .cumulative }
        }
        self.bases = bases
    }
}
