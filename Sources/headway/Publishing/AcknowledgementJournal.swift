import Foundation

/// What of a file the broker has acknowledged: lines `FIRST LAST` of record numbers, appended as
/// acknowledgements come, beside the file. A run that was cut off anywhere is gone on with from
/// here.
final class AcknowledgementJournal {
    /// Numbers of acknowledged records as sorted ranges that do not touch.
    private(set) var ranges: [ClosedRange<Int>] = []
    private let file: Int32
    let path: String

    /// Opens the journal, or makes it. `subject` says what the numbers are about: file content,
    /// stream, mapping. Throws where it belongs to something else.
    init(path: String, subject: String, restart: Bool) throws(CommandFailure) {
        self.path = path
        if restart { unlink(path) }
        let lines = (DataDirectory.text(of: path) ?? "").split(separator: "\n")
        if let first = lines.first, first != subject[...] {
            throw CommandFailure(
                "\(path) is of another file content, topic or mapping; --restart forgets it and sends everything again"
            )
        }
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw CommandFailure(
                "the journal \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        if lines.isEmpty { try append(subject + "\n") }
        var found: [ClosedRange<Int>] = []
        for line in lines.dropFirst() {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            // A last line that was cut off by a crash acknowledges nothing.
            if numbers.count == 2, numbers[0] <= numbers[1] {
                found.append(numbers[0]...numbers[1])
            }
        }
        ranges = AcknowledgementJournal.merged(found)
    }

    deinit { close(file) }

    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// The first number from `start` on that is not acknowledged.
    func firstMissing(from start: Int) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < start { low = middle + 1 } else { high = middle }
        }
        guard low < ranges.count, ranges[low].contains(start) else { return start }
        return ranges[low].upperBound + 1
    }

    /// Writes down what was acknowledged. Numbers in any order.
    func add(_ numbers: [Int]) throws(CommandFailure) {
        guard !numbers.isEmpty else { return }
        let news = AcknowledgementJournal.merged(numbers.map { $0...$0 })
        try append(news.map { "\($0.lowerBound) \($0.upperBound)\n" }.joined())
        ranges = AcknowledgementJournal.merged(ranges + news)
    }

    /// On disk for good.
    func flush() { fsync(file) }

    private func append(_ text: String) throws(CommandFailure) {
        let bytes = Array(text.utf8)
        guard bytes.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == bytes.count else {
            throw CommandFailure(
                "the journal \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    private static func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        var result: [ClosedRange<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
