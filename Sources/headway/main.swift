import Foundation

let stop = Stop()
stop.listenForSignals()
let status = Program.complete.run(
    Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
    stop: stop)
exit(status.rawValue)
