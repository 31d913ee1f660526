/// The four sector streams that the simulated city fills.
package enum SimulatedStream: UInt8, Sendable, CaseIterable {
    case tourism, employment, investment, measurements

    /// The stream's name in `Topics/streams`.
    package var name: String {
        switch self {
        case .tourism: "tourism.arrivals"
        case .employment: "employment.registrations"
        case .investment: "investment.disbursements"
        case .measurements: "sector.measurements"
        }
    }

    var eventType: StaticString {
        switch self {
        case .tourism: "tourism.arrival.v1"
        case .employment: "employment.registration.v1"
        case .investment: "investment.disbursement.v1"
        case .measurements: "sector.measurement.v1"
        }
    }

    var short: StaticString {
        switch self {
        case .tourism: "ta"
        case .employment: "er"
        case .investment: "iv"
        case .measurements: "ms"
        }
    }
}
