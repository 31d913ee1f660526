import Contracts
import Testing

/// Which plans hold while their files are edited.
@Suite struct PlansInForceTests {
    private let plan: PlanContract
    private let other: PlanContract

    init() throws {
        plan = try #require(try Catalogue.load(TopicsFolder.path).plans.first)
        var other = plan
        other.id = "other"
        self.other = other
    }

    private func wrong(_ path: String, _ what: String = "it is wrong") -> PlanFile {
        let problem = ContractProblem(
            file: path, mark: Mark(line: 3, column: 4), what: what, instead: "mend it")
        return PlanFile(path: path, plan: nil, problems: [problem])
    }

    private func good(_ path: String, _ plan: PlanContract) -> PlanFile {
        PlanFile(path: path, plan: plan, problems: [])
    }

    @Test func theSameIsNoChange() {
        var inForce = PlansInForce([plan])
        #expect(inForce.read([good("a", plan)]) == .init())
        #expect(inForce.plans == [plan])
    }

    @Test func anEditAndANewFileAreTakenUp() {
        var inForce = PlansInForce([plan])
        var edited = plan
        edited.targets[0].value += 1
        #expect(inForce.read([good("a", edited)]) == .init(isChanged: true))
        #expect(inForce.read([good("a", edited), good("b", other)]) == .init(isChanged: true))
        #expect(inForce.plans == [edited, other])
    }

    /// What is wrong holds up neither its own plan, which stays, nor others; it is told once.
    @Test func whatIsWrongChangesNothing() {
        var inForce = PlansInForce([plan, other])
        _ = inForce.read([good("a", plan), good("b", other)])
        var edited = other
        edited.revision += 1
        let outcome = inForce.read([wrong("a"), good("b", edited)])
        #expect(outcome == .init(isChanged: true, problems: wrong("a").problems))
        #expect(inForce.plans == [plan, edited])
        #expect(inForce.read([wrong("a"), good("b", edited)]) == .init())
        let second = wrong("a", "it is wrong otherwise")
        #expect(inForce.read([second, good("b", edited)]).problems == second.problems)
        #expect(inForce.read([good("a", plan), good("b", edited)]) == .init(isMended: true))
    }

    @Test func aPlanWithoutAFileStays() {
        var inForce = PlansInForce([plan, other])
        _ = inForce.read([good("a", plan), good("b", other)])
        #expect(inForce.read([good("a", plan)]) == .init(orphaned: ["other"]))
        #expect(inForce.read([good("a", plan)]) == .init())
        #expect(inForce.plans == [plan, other])
        #expect(inForce.read([good("a", plan), good("c", other)]) == .init())
        // Another id in the same file is another plan.
        var renamed = other
        renamed.id = "renamed"
        let outcome = inForce.read([good("a", plan), good("c", renamed)])
        #expect(outcome == .init(isChanged: true, orphaned: ["other"]))
        #expect(inForce.plans.map(\.id) == [plan.id, "other", "renamed"])
    }

    @Test func aPlanGivenTwiceStaysAsItWas() {
        var inForce = PlansInForce([plan])
        _ = inForce.read([good("a", plan)])
        var edited = plan
        edited.revision += 1
        let outcome = inForce.read([good("a", plan), good("copy", edited)])
        #expect(outcome.problems.map(\.file) == ["copy"])
        #expect(!outcome.isChanged)
        #expect(inForce.plans == [plan])
    }

    @Test func differences() {
        var edited = plan
        edited.revision += 1
        edited.targets[0].value += 1
        edited.targets[1].nameEn = "Another name"
        let removed = edited.targets.removeLast()
        var added = edited.targets[2]
        added.id = "economy.added"
        edited.targets.append(added)
        let difference = PlanDifference(from: plan, to: edited)
        #expect(difference.edited.map(\.id) == [edited.targets[0].id])
        #expect(difference.edited.first?.edits.map(\.term) == ["value"])
        #expect((difference.added, difference.removed) == (["economy.added"], [removed.id]))
        #expect(
            difference.summary
                == "1 edited: \(edited.targets[0].id); 1 added: economy.added; "
                + "1 removed: \(removed.id); revision \(plan.revision) -> \(edited.revision)")
        #expect(PlanDifference(from: plan, to: plan).isEmpty)
    }
}
