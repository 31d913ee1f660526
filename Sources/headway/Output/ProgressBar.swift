import Foundation
import Synchronization

/// How far something long has come: a bar on a terminal, a plain line every few seconds elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var done: Int64 = 0
        var detail = ""
        var drawn: Double = -.infinity
        var finished = false
    }

    private let label: String
    private let total: Int64?
    private let unit: String
    private let isTerminal: Bool
    private let width: Int
    private let sink: @Sendable (String) -> Void
    /// Seconds on a clock that never goes back.
    private let clock: @Sendable () -> Double
    private let began: Double
    private let state = Mutex(State())

    init(
        label: String, total: Int64?, unit: String, isTerminal: Bool = Terminal.errorIsTerminal,
        width: Int = Terminal.columns,
        sink: @escaping @Sendable (String) -> Void = Terminal.writeError,
        clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }
    ) {
        self.label = label
        self.total = total
        self.unit = unit
        self.isTerminal = isTerminal
        self.width = width
        self.sink = sink
        self.clock = clock
        began = clock()
    }

    /// Any thread. Draws at most ten times a second on a terminal and every five seconds elsewhere.
    func update(done: Int64, detail: String = "") {
        let text: String? = state.withLock { state in
            state.done = done
            state.detail = detail
            let now = clock()
            guard !state.finished, now - state.drawn >= (isTerminal ? 0.1 : 5) else { return nil }
            state.drawn = now
            return render(state, now)
        }
        if let text { sink(text) }
    }

    /// Draws the last state and ends the line.
    func finish() {
        let text: String? = state.withLock { state in
            guard !state.finished else { return nil }
            state.finished = true
            return render(state, clock()) + (isTerminal ? "\n" : "")
        }
        if let text { sink(text) }
    }

    private func render(_ state: State, _ now: Double) -> String {
        let seconds = max(now - began, 0.001)
        let rate = Int64(Double(state.done) / seconds)
        var tail = "\(grouped(state.done))"
        if let total { tail += "/\(grouped(total))" }
        tail += " \(unit), \(grouped(rate))/s"
        if let total, rate > 0, state.done < total {
            tail += ", \((total - state.done) / rate) s left"
        }
        if !state.detail.isEmpty { tail += ", \(state.detail)" }
        guard isTerminal else { return "\(label): \(tail)\n" }
        var line = "\(label) "
        let room = width - label.count - tail.count - 5
        if let total, total > 0, room >= 10 {
            let size = min(room, 40)
            let filled = Int(Double(size) * Double(min(state.done, total)) / Double(total))
            line +=
                "[" + String(repeating: "#", count: filled)
                + String(repeating: ".", count: size - filled) + "] "
        }
        return "\r\u{1B}[2K" + line + tail
    }
}

/// 1234567 as `1,234,567`.
func grouped(_ value: Int64) -> String {
    var result = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
        if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
        result.append(digit)
    }
    return value < 0 ? "-" + result : result
}
