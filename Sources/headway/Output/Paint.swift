import Contracts
import Status

/// Colours of a terminal, or none: NO_COLOR, TERM=dumb and anything that is no terminal have none.
struct Paint: Sendable {
    /// SGR parameters.
    enum Ink: String, Sendable {
        case bold = "1"
        case dim = "2"
        case green = "32"
        case brightGreen = "1;32"
        case yellow = "33"
        case red = "31"
        case brightRed = "1;31"
        case cyan = "36"
    }

    var isOn: Bool
    /// False for a terminal that has no more than letters: bars are then made of them.
    var hasBlocks: Bool

    init(isOn: Bool, hasBlocks: Bool = true) {
        self.isOn = isOn
        self.hasBlocks = hasBlocks
    }

    init(environment: [String: String], isTerminal: Bool) {
        let isDumb = environment["TERM"] == "dumb"
        let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        self.init(isOn: isTerminal && !isDumb && !isRefused, hasBlocks: !isDumb)
    }

    func callAsFunction(_ text: String, _ ink: Ink?) -> String {
        guard isOn, let ink, !text.isEmpty else { return text }
        return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
    }
}

extension TargetStatus {
    var ink: Paint.Ink {
        switch self {
        case .pending, .noData: .dim
        case .onTrack: .green
        case .atRisk: .yellow
        case .offTrack: .red
        case .achieved: .brightGreen
        case .missed: .brightRed
        }
    }

    /// A sign of one column, so that a status is told without colour, too.
    var sign: String {
        switch self {
        case .pending: "·"
        case .noData: "?"
        case .onTrack: "●"
        case .atRisk: "▲"
        case .offTrack: "▼"
        case .achieved: "✔"
        case .missed: "✘"
        }
    }

    /// As people read it: what is reached first, what is to be worried about next.
    static let readingOrder: [TargetStatus] = [
        .achieved, .onTrack, .atRisk, .offTrack, .missed, .noData, .pending,
    ]
}
