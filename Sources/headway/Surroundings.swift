import Foundation

/// What every command works with besides its arguments.
struct Surroundings: Sendable {
    var log: Log
    var stop: Stop
    /// One line for stdout, without its line break.
    var print: @Sendable (String) -> Void

    init(log: Log, stop: Stop, print: @escaping @Sendable (String) -> Void = Terminal.line) {
        self.log = log
        self.stop = stop
        self.print = print
    }
}
