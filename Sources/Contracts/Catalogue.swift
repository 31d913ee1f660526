/// Everything that `Topics/` declares, read and checked against each other.
package struct Catalogue: Sendable, Equatable {
    package var streams: [StreamContract]
    package var outputs: [OutputContract]
    package var plans: [PlanContract]
    /// Those without errors.
    package var scenarios: [ScenarioContract]

    package init(
        streams: [StreamContract], outputs: [OutputContract], plans: [PlanContract],
        scenarios: [ScenarioContract] = []
    ) {
        self.streams = streams
        self.outputs = outputs
        self.plans = plans
        self.scenarios = scenarios
    }

    /// Reads `streams`, `outputs`, `plans` and `scenarios` of the folder, each in the order of its
    /// file names.
    ///
    /// - Throws: every problem that was found, not just the first. Scenarios with errors are left
    ///   out instead.
    package static func load(_ folder: String) throws(ContractProblems) -> Catalogue {
        let report = CatalogueReport.read(folder)
        guard let catalogue = report.catalogue else {
            throw ContractProblems(problems: report.errors)
        }
        return catalogue
    }

    package func stream(named name: String) -> StreamContract? { streams.first { $0.name == name } }

    package func stream(ofTopic topic: String) -> StreamContract? {
        streams.first { $0.topic.name == topic }
    }

    package func output(_ role: OutputContract.Role) -> OutputContract? {
        outputs.first { $0.role == role }
    }

    package func plan(_ id: String) -> PlanContract? { plans.first { $0.id == id } }

    package func scenario(_ id: String) -> ScenarioContract? { scenarios.first { $0.id == id } }

    /// The metric and the stream that has it.
    package func metric(named name: String) -> (stream: StreamContract, metric: MetricContract)? {
        for stream in streams {
            if let metric = stream.metric(named: name) { return (stream, metric) }
        }
        return nil
    }

    /// Every topic: those of the streams, then those of the outputs.
    package var topics: [TopicContract] { streams.map(\.topic) + outputs.map(\.topic) }

    /// Names and metrics for a spelling mistake on the command line: `did you mean ...?`, or the
    /// names.
    package static func suggestion(for name: String, among names: [String]) -> String {
        Spelling.suggestion(for: name, among: names)
    }
}

extension StreamContract {
    package func metric(named name: String) -> MetricContract? { metrics.first { $0.name == name } }

    package func field(named name: String) -> FieldContract? { fields.first { $0.name == name } }

    /// Index in `fields`, which is the decoder's.
    package func fieldIndex(_ name: String) -> Int? { fields.firstIndex { $0.name == name } }
}

extension PlanContract {
    package func target(_ id: String) -> TargetContract? { targets.first { $0.id == id } }
}
