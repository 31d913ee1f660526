import Contracts

/// How far a value has come towards its goal, and where the trajectory stands: `██████┃█░░░`.
struct TargetBar {
    /// Parts of the goal in millionths, both from 0 to 1,000,000; nil where a part of the goal
    /// says nothing (the goal is zero, or on the other side of it).
    var filled: Int?
    var mark: Int?

    init(value: String?, expected: String?, goal: String) {
        filled = TargetBar.part(value, of: goal)
        mark = TargetBar.part(expected, of: goal)
    }

    /// A share from 0 to 1, without a mark.
    init(share: String?) {
        filled = share.flatMap { Figure.parse($0, scale: 6) }.map {
            min(max(0, Int($0)), 1_000_000)
        }
    }

    private static func part(_ figure: String?, of goal: String) -> Int? {
        // For the eye only: a double is exact enough for a bar of a few columns.
        guard let figure, let value = Double(figure), let whole = Double(goal), whole != 0 else {
            return nil
        }
        let part = value / whole
        guard part.isFinite else { return nil }
        return Int(min(max(part, 0), 1) * 1_000_000)
    }

    /// So many columns; blank where there is nothing to show.
    func text(width: Int, _ paint: Paint, _ ink: Paint.Ink?) -> String {
        guard width > 0, filled != nil || mark != nil else {
            return String(repeating: " ", count: max(0, width))
        }
        let eighths = (filled ?? 0) * width * 8 / 1_000_000
        let markAt = mark.map { min(width - 1, $0 * width / 1_000_000) }
        var text = ""
        var run = ""
        var runInk: Paint.Ink?
        for column in 0..<width {
            let here = min(max(0, eighths - column * 8), 8)
            let isMark = column == markAt
            let cell = isMark ? (paint.hasBlocks ? "┃" : "|") : TargetBar.cell(here, paint)
            let cellInk: Paint.Ink? = isMark ? .bold : here > 0 ? ink : .dim
            if cellInk != runInk {
                text += paint(run, runInk)
                run = ""
                runInk = cellInk
            }
            run += cell
        }
        return text + paint(run, runInk)
    }

    private static func cell(_ eighths: Int, _ paint: Paint) -> String {
        guard paint.hasBlocks else { return eighths >= 4 ? "#" : "." }
        let parts = ["░", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
        return parts[eighths]
    }
}

/// A course over time in one line: each column is a height from nothing to the highest of all.
enum Sparkline {
    /// Nil is a gap. `top`: what fills the whole height; not above zero draws nothing.
    static func text(_ values: [Double?], top: Double, _ paint: Paint) -> String {
        let heights = Array(paint.hasBlocks ? "▁▂▃▄▅▆▇█" : "_.,-=+*#")
        return String(
            values.map { value -> Character in
                guard let value, top > 0, value.isFinite else { return " " }
                let step = Int((value / top * Double(heights.count)).rounded(.down))
                return heights[min(max(0, step), heights.count - 1)]
            })
    }
}
