import Contracts
import Foundation
import Status
import Testing

/// Courses of small counts ask for whole things: a target of three hospitals must not be behind
/// for want of nine tenths of one.
@Suite struct WholeThingsTests {
    private static let topics =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/Topics"

    /// The last days of the months, or of the quarters, within the target's window.
    private func reportingDays(_ target: TargetContract) -> [CivilDate] {
        let monthly = target.rule.staleAfter.map { $0 < .days(100) } ?? false
        return (1...12).compactMap { month in
            let days = CivilDate.days(inMonth: month, of: 2023)
            guard monthly || month.isMultiple(of: 3) else { return nil }
            return CivilDate(year: 2023, month: month, day: days)
        }
        .filter { (target.windowStart...target.deadline).contains($0) }
    }

    @Test func noCourseAsksForAPartOfAThing() throws {
        let plan = try #require(try Catalogue.load(Self.topics).plan("luoyang-2023"))
        var checked = 0
        for target in plan.targets where target.kind == .total {
            guard case .indicator = target.source else { continue }
            let unit = (0..<target.scale).reduce(Int128(1)) { power, _ in power * 10 }
            guard Int128(target.value) <= 100 * unit else { continue }
            let trajectory = Trajectory(target, zone: plan.zone)
            for day in reportingDays(target) {
                let share = trajectory.share(at: plan.zone.start(of: day.adding(days: 1)))
                let expected = share.of(Int128(target.value))
                // A share of three decimals, or of six for thirds, falls short of a whole by that.
                let whole = (expected + unit / 100) / unit * unit
                guard expected > 0 else { continue }
                let pace = whole * 1_000_000 / expected
                #expect(
                    pace >= Int128(target.rule.atRiskBelow),
                    "\(target.id) asks for \(Double(expected) / Double(unit)) on \(day.iso)")
                checked += 1
            }
        }
        #expect(checked > 100)
    }
}
