package import Aggregates
package import Contracts
package import Ledger
package import Status

/// One target on the judge's desk: what it is judged by, and where it stands.
package struct TargetDesk: Sendable {
    package let yardstick: Yardstick
    /// What touches name it by: its metric or indicator.
    package let subject: String
    /// Nil for a target of a measurement stream.
    package let series: SeriesKey?
    /// Nil likewise.
    package let counted: CountedHours?
    /// Decimals of the source's values.
    private let sourceScale: Int
    package private(set) var machine: StatusMachine
    /// Of its last change. Nil before its first.
    package private(set) var sequence: Int64?
    /// Its contract is another than at its stream's last round.
    package var isEdited: Bool
    private var assessment: Assessment?
    private var written: Assessment?

    /// Measurements are read in millionths (`ledger.measurement`).
    private static let measurementScale = 6

    package init(
        _ target: TargetContract, zone: Zone, stream: StreamContract, machine: StatusMachine,
        sequence: Int64?, isEdited: Bool
    ) {
        switch target.source {
        case .metric(_, let metric, let breakdown, let member):
            subject = metric
            series = SeriesKey(metric: metric, breakdown: breakdown ?? "", member: member ?? "")
            sourceScale =
                CountedHours.scale(
                    target, ofMetric: stream.metrics.first { $0.name == metric }?.scale ?? 0)
        case .indicator(_, let indicator):
            subject = indicator
            series = nil
            sourceScale = TargetDesk.measurementScale
        }
        let yardstick = Yardstick(target, zone: zone, sourceScale: sourceScale)
        self.yardstick = yardstick
        counted = series == nil ? nil : CountedHours(target, zone: zone)
        self.machine = machine
        self.sequence = sequence
        self.isEdited = isEdited
    }

    package var id: String { yardstick.target.id }

    /// Evaluates. Says whether a status or a timer moved, and which change that was.
    package mutating func judge(
        value: Int128?, lastInput: Instant?, coveredTo: Instant?, asOf: Instant
    ) -> (moved: Bool, change: StatusMachine.Change?, assessment: Assessment) {
        let lifted = value.map { yardstick.lift($0, fromScale: sourceScale) }
        let assessment = yardstick.assess(
            value: lifted, lastInput: lastInput, coveredTo: coveredTo, at: asOf)
        let before = machine
        let change = machine.judged(assessment.verdict, at: asOf, rule: yardstick.target.rule)
        self.assessment = assessment
        return (machine != before, change, assessment)
    }

    package mutating func changed(sequence: Int64) { self.sequence = sequence }

    /// Where it stands, to be written: nil before its first evaluation.
    package mutating func takeState() -> Judgement.State? {
        guard let assessment, let sequence else { return nil }
        written = assessment
        return Judgement.State(
            target: id, machine: machine, sequence: sequence, assessment: assessment,
            scale: yardstick.scale)
    }

    /// The same, where the figures are others than those written last; when they were is not a
    /// figure.
    package mutating func takeStateIfStale() -> Judgement.State? {
        guard let assessment else { return nil }
        if let written, written.value == assessment.value, written.expected == assessment.expected,
            written.pace == assessment.pace, written.projected == assessment.projected
        {
            return nil
        }
        return takeState()
    }
}
