import Contracts

/// Instants as clocks of the plan's zone show them.
enum PlanTime {
    /// `2023-07-01 00:00`.
    static func minute(_ instant: Instant, _ zone: Zone) -> String {
        let seconds = floorDivide(instant.microseconds, 1_000_000) + Int64(zone.offset(at: instant))
        let minutes = (seconds % 86_400 + 86_400) % 86_400 / 60
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return zone.day(at: instant).iso + " " + two(minutes / 60) + ":" + two(minutes % 60)
    }

    static func minute(_ instant: Instant?, _ zone: Zone?) -> String {
        guard let instant, let zone else { return "-" }
        return minute(instant, zone)
    }

    /// `2 d 3 h`, `45 min`, `0 d`: the two largest units.
    static func span(_ duration: Duration, _ language: Language) -> String {
        let seconds = max(0, duration.microseconds / 1_000_000)
        let parts: [(Int64, String)] = [
            (seconds / 86_400, language.pick(zh: " 天", en: " d")),
            (seconds / 3_600 % 24, language.pick(zh: " 小时", en: " h")),
            (seconds / 60 % 60, language.pick(zh: " 分", en: " min")),
        ]
        let shown = parts.filter { $0.0 > 0 }.prefix(2).map { "\($0.0)\($0.1)" }
        return shown.isEmpty ? language.pick(zh: "0 天", en: "0 d") : shown.joined(separator: " ")
    }
}
