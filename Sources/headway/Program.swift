import Foundation
import Kafka

/// The program: its commands, and what their ends mean to the shell.
struct Program: Sendable {
    static let version = "1.0.0"

    var commands: [Command]

    static let complete = Program(commands: [
        Up.command,
        Run.command,
        BrokerAlone.command,
        Migrate.command,
        Topics.plan,
        Topics.apply,
        PlanCheck.command,
        Plans.show,
        PlanImport.command,
        PlanDiff.command,
        StatusList.command,
        Watch.command,
        Explain.command,
        Publish.command,
        Simulate.command,
        Verify.command,
        Resume.partition,
        Resume.relay,
        Doctor.command,
    ])

    /// Everything but the exit itself. `arguments` are without the program's name.
    func run(_ arguments: [String], environment: [String: String], stop: Stop) -> ExitStatus {
        let known = commands.flatMap(\.options) + Command.everywhere
        do {
            let outcome = try ArgumentParser(commands: commands).parse(
                arguments, environment: environment
            ) {
                try SettingsFile.read($0, known: known)
            }
            switch outcome {
            case .help(let words):
                Terminal.writeOutput(HelpText(commands: commands).text(for: words))
            case .version: Terminal.line("headway \(Program.version)")
            case .run(let command, let invocation): return perform(command, invocation, stop)
            }
            return .success
        } catch let failure as UsageFailure {
            return complain(failure)
        } catch {
            Terminal.writeError("headway: \(error)\n")
            return .failure
        }
    }

    private func perform(_ command: Command, _ invocation: Invocation, _ stop: Stop) -> ExitStatus {
        let form = Log.Form(rawValue: invocation["log"] ?? "text") ?? .text
        let log = Log(
            form: form, least: LogLevel(rawValue: invocation["log-level"] ?? "info") ?? .info)
        KafkaLog.send { line in
            // The library calls an error what it gets over by itself: a warning at most.
            let level: LogLevel = line.level <= 4 ? .warning : line.level == 5 ? .info : .debug
            log.write(level, "librdkafka", [.service: line.client, .detail: line.text])
        }
        do {
            return try command.run(invocation, Surroundings(log: log, stop: stop))
        } catch let failure as UsageFailure {
            return complain(failure)
        } catch let failure as KafkaFailure where failure.isUnreachable {
            let brokers = invocation["brokers"] ?? "the address in the data directory"
            Terminal.writeError(
                "headway \(command.name): no broker answers at \(brokers) (\(failure.code)): "
                    + "check HEADWAY_BROKERS, and that the broker runs; `headway doctor` looks closer\n"
            )
            return .failure
        } catch {
            // Every error that reaches this point describes itself in a sentence without payloads
            // or secrets.
            Terminal.writeError("headway \(command.name): \(error)\n")
            return .failure
        }
    }

    private func complain(_ failure: UsageFailure) -> ExitStatus {
        let help = (["headway"] + failure.command + ["--help"]).joined(separator: " ")
        Terminal.writeError("headway: \(failure.message) (\(help))\n")
        return .usage
    }
}
