internal import Contracts

extension Fold {
    /// Keeps a measurement stream's reading. The decoder has checked it already.
    func addReading<Event: FoldableEvent>(
        _ event: Event, _ plan: MeasurementPlan, lane: Int, offset: Int64
    ) -> Outcome {
        let (value, overflow) = event.current(plan.value).number
            .multipliedReportingOverflow(by: plan.factor)
        let written = event.current(plan.period)
        guard !overflow, written.count > 0, let days = MeasurementPeriod(written.text(0)) else {
            return .overflow
        }
        let basis = plan.basis.map { event.current($0) }
        let revision = plan.revision.map { event.current($0) }
        let unit = plan.unit.map { event.current($0) }
        let row = MeasurementRow(
            lane: lane, indicator: Fold.string(event.current(plan.indicator).text(0)),
            division: Int32(truncatingIfNeeded: event.current(plan.division).number),
            period: Fold.string(written.text(0)), recordOffset: offset,
            periodStart: days.start.dayNumber, periodEnd: days.end.dayNumber,
            basis: basis.map { $0.isPresent ? plan.bases[Int($0.number)] : .cumulative }
                ?? .cumulative,
            revision: revision.map { $0.isPresent ? $0.number : 0 } ?? 0,
            publishedAt: event.time.microseconds, value: value,
            unit: unit.flatMap { $0.count > 0 ? Fold.string($0.text(0)) : nil })
        batch.measurements.append(row)
        let hour = zone.startOfHour(at: event.time).microseconds
        batch.touch(indicator: row.indicator, lane: lane, hour: hour, kinds: .addition)
        return .folded
    }

    private static func string(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
