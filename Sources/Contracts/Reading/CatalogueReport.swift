internal import Foundation

/// What reading `Topics/` found: the catalogue where nothing is wrong, and everything that is.
package struct CatalogueReport: Sendable {
    /// Nil where there are errors, those of scenarios aside: a plan is judged whatever is simulated.
    package private(set) var catalogue: Catalogue?
    /// Errors and warnings, file by file, in the order of the lines.
    package private(set) var problems: [ContractProblem] = []

    package var errors: [ContractProblem] { problems.filter { $0.severity == .error } }
    package var warnings: [ContractProblem] { problems.filter { $0.severity == .warning } }

    /// Where each plan stands, by its id.
    package private(set) var planFiles: [String: String] = [:]

    private var streams: [StreamContract] = []
    private var outputs: [OutputContract] = []
    private var plans: [PlanContract] = []
    private var scenarios: [ScenarioContract] = []
    /// Where a name was given first, for those that may be given once.
    private var names: [String: String] = [:]

    /// Reads a folder with `streams`, `outputs` and `plans`. Blocking.
    package static func read(_ folder: String) -> CatalogueReport {
        var report = CatalogueReport()
        report.readStreams(folder)
        report.readOutputs(folder)
        let known = KnownStreams(streams: report.streams, isComplete: report.errors.isEmpty)
        for file in report.files(folder + "/plans", countMax: ContractLimits.plansMax) {
            report.readPlan(file, known)
        }
        let isSound = report.errors.isEmpty
        report.readScenarios(folder, known)
        report.finish(isSound)
        return report
    }

    /// Reads one more plan, wherever it stands, against the streams of the catalogue.
    package static func readPlan(
        _ file: String, streams: [StreamContract]
    ) -> (plan: PlanContract?, problems: [ContractProblem]) {
        var report = CatalogueReport()
        report.readPlan(file, KnownStreams(streams: streams, isComplete: true))
        return (report.errors.isEmpty ? report.plans.first : nil, report.problems)
    }

    /// Reads the text of a plan that is no file yet; problems are told with `file` as its name.
    package static func readPlan(
        text: String, file: String, streams: [StreamContract]
    ) -> (plan: PlanContract?, problems: [ContractProblem]) {
        var report = CatalogueReport()
        do throws(ContractProblem) {
            let node = try YAMLDocument.read(Array(text.utf8), file: file)
            report.readPlan(node, file, KnownStreams(streams: streams, isComplete: true))
        } catch {
            report.problems.append(error)
        }
        return (report.errors.isEmpty ? report.plans.first : nil, report.problems)
    }

    /// The plans of a folder, file by file, against streams that are known, so that one that is
    /// wrong does not hold up the others; and why the folder could not be read. Blocking.
    package static func readPlans(
        _ folder: String, streams: [StreamContract]
    ) -> (files: [PlanFile], problems: [ContractProblem]) {
        var report = CatalogueReport()
        let names = report.files(folder + "/plans", countMax: ContractLimits.plansMax)
        let files = names.map { name in
            let (plan, problems) = readPlan(name, streams: streams)
            return PlanFile(path: name, plan: plan, problems: problems)
        }
        return (files, report.problems)
    }

    /// The streams of a folder alone. Nil where one is wrong. Blocking.
    package static func readStreams(_ folder: String) -> [StreamContract]? {
        var report = CatalogueReport()
        report.readStreams(folder)
        return report.errors.isEmpty ? report.streams : nil
    }

    private mutating func finish(_ isSound: Bool) {
        if isSound {
            catalogue = Catalogue(
                streams: streams, outputs: outputs, plans: plans, scenarios: scenarios)
        }
    }

    /// The folder may be absent: scenarios are for those who simulate.
    private mutating func readScenarios(_ folder: String, _ known: KnownStreams) {
        let folder = folder + "/scenarios"
        guard FileManager.default.fileExists(atPath: folder) else { return }
        let plansAreComplete = errors.isEmpty
        var drafts: [String: ScenarioDraft] = [:]
        var lists: [ProblemList] = []
        for file in files(folder, countMax: ContractLimits.scenariosMax) {
            guard let node = document(file) else { continue }
            let problems = ProblemList(file: file)
            lists.append(problems)
            guard let draft = ScenarioReader.read(node, problems) else { continue }
            once("scenario", draft.id.value, draft.id.mark, problems)
            if drafts[draft.id.value] == nil { drafts[draft.id.value] = draft }
        }
        let merge = ScenarioMerge(
            streams: known, plans: plans, plansAreComplete: plansAreComplete, drafts: drafts)
        for name in drafts.keys.sorted() {
            if let scenario = drafts[name].flatMap(merge.read) { scenarios.append(scenario) }
        }
        scenarios.removeAll { !merge.isSound($0.id) }
        for problems in lists { self.problems += problems.told }
    }

    private mutating func readStreams(_ folder: String) {
        for file in files(folder + "/streams", countMax: ContractLimits.streamsMax) {
            guard let node = document(file) else { continue }
            let problems = ProblemList(file: file)
            if let (stream, places) = StreamReader.read(node, problems) {
                once("stream", stream.name, places.name, problems)
                once("topic", stream.topic.name, places.topic, problems)
                for metric in stream.metrics {
                    once(
                        "metric", metric.name, places.metrics[metric.name] ?? places.name, problems)
                }
                streams.append(stream)
            }
            self.problems += problems.told
        }
    }

    private mutating func readOutputs(_ folder: String) {
        let files = files(folder + "/outputs", countMax: ContractLimits.streamsMax)
        var hasErrors = false
        for file in files {
            guard let node = document(file) else {
                hasErrors = true
                continue
            }
            let problems = ProblemList(file: file)
            if let (output, mapping) = OutputReader.read(node, problems) {
                once("output", output.role.rawValue, mapping.valueMark("role"), problems)
                once("topic", output.topic.name, mapping.valueMark("topic"), problems)
                outputs.append(output)
            } else {
                hasErrors = true
            }
            self.problems += problems.told
        }
        guard !hasErrors else { return }
        for role in OutputContract.Role.allCases where !outputs.contains(where: { $0.role == role })
        {
            problems.append(
                ContractProblem(
                    file: folder + "/outputs", mark: Mark(line: 1, column: 1),
                    what: "no output has the role `\(role.rawValue)`",
                    instead: "add a file with `role: \(role.rawValue)` and its topic"))
        }
    }

    private mutating func readPlan(_ file: String, _ known: KnownStreams) {
        if let node = document(file) { readPlan(node, file, known) }
    }

    private mutating func readPlan(_ node: YAMLNode, _ file: String, _ known: KnownStreams) {
        let problems = ProblemList(file: file)
        if let (plan, mark) = PlanReader.read(node, streams: known, problems) {
            once("plan", plan.id, mark, problems)
            plans.append(plan)
            planFiles[plan.id] = problems.file
        }
        self.problems += problems.told
    }

    private mutating func once(
        _ sort: String, _ name: String, _ mark: Mark, _ problems: ProblemList
    ) {
        let key = sort + " " + name
        if let first = names[key] {
            problems.error(
                mark, "the \(sort) `\(name)` was given in \(first) already", "give it its own name")
        } else {
            names[key] = "\(problems.file):\(mark.line)"
        }
    }

    /// Paths of the folder's YAML files, sorted.
    private mutating func files(_ folder: String, countMax: Int) -> [String] {
        func refuse(_ file: String, _ what: String, _ instead: String) {
            problems.append(
                ContractProblem(
                    file: file, mark: Mark(line: 1, column: 1), what: what, instead: instead))
        }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            for name in names where name.hasSuffix(".yml") && !name.hasPrefix(".") {
                refuse("\(folder)/\(name)", "the file ends in .yml", "rename it to .yaml")
            }
            let files = names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }
            if files.count > countMax {
                refuse(folder, "the folder has \(files.count) files", "keep \(countMax) at most")
            }
            return files.prefix(countMax).map { "\(folder)/\($0)" }
        } catch {
            refuse(
                folder, "the folder cannot be read: \(error.localizedDescription)",
                "name the folder Topics/")
            return []
        }
    }

    private mutating func document(_ file: String) -> YAMLNode? {
        let first = Mark(line: 1, column: 1)
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { handle.closeFile() }
            let data = try handle.read(upToCount: ContractLimits.fileBytesMax + 1)
            return try YAMLDocument.read([UInt8](data ?? Data()), file: file)
        } catch let problem as ContractProblem {
            problems.append(problem)
        } catch {
            problems.append(
                ContractProblem(
                    file: file, mark: first,
                    what: "the file cannot be read: \(error.localizedDescription)",
                    instead: "check its name and permissions"))
        }
        return nil
    }
}
