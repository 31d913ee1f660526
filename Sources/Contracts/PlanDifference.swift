/// What an edit of a plan changes of what is judged.
package struct PlanDifference: Sendable, Equatable {
    /// One term of the plan, or of one of its targets.
    package struct Edit: Sendable, Equatable {
        package var term: String
        /// Nil where it was not there.
        package var before: String?
        /// Nil where it is there no more.
        package var after: String?
    }

    package struct EditedTarget: Sendable, Equatable {
        package var id: String
        package var edits: [Edit]
    }

    package var plan: String
    /// Revision, zone, period, division and place, where they differ.
    package var edits: [Edit]
    /// In the order of the plan.
    package var added: [String]
    package var removed: [String]
    package var edited: [EditedTarget]

    /// From what is in force to what is declared.
    package init(from old: PlanContract, to new: PlanContract) {
        plan = new.id
        edits = PlanDifference.edits(old.terms, new.terms)
        let known = Dictionary(
            old.targets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let declared = Set(new.targets.map(\.id))
        added = new.targets.map(\.id).filter { known[$0] == nil }
        removed = old.targets.map(\.id).filter { !declared.contains($0) }
        edited = new.targets.compactMap { target in
            guard let before = known[target.id] else { return nil }
            let edits = PlanDifference.edits(before.terms, target.terms)
            return edits.isEmpty ? nil : EditedTarget(id: target.id, edits: edits)
        }
    }

    package var isEmpty: Bool {
        edits.isEmpty && added.isEmpty && removed.isEmpty && edited.isEmpty
    }

    /// In a sentence: `2 edited: a, b; 1 added: c; revision 1 -> 2`. At most ten targets a sort are
    /// named.
    package var summary: String {
        func names(_ sort: String, _ ids: [String]) -> [String] {
            guard !ids.isEmpty else { return [] }
            let more = ids.count > 10 ? ", ..." : ""
            return ["\(ids.count) \(sort): " + ids.prefix(10).joined(separator: ", ") + more]
        }
        let plain = edits.map { "\($0.term) \($0.before ?? "none") -> \($0.after ?? "none")" }
        let parts =
            names("edited", edited.map(\.id)) + names("added", added) + names("removed", removed)
            + plain
        return parts.joined(separator: "; ")
    }

    private static func edits(
        _ old: [TargetContract.Term], _ new: [TargetContract.Term]
    ) -> [Edit] {
        func texts(_ terms: [TargetContract.Term]) -> [String: String] {
            Dictionary(terms.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
        }
        let (before, after) = (texts(old), texts(new))
        let gone = old.filter { after[$0.name] == nil }
        return (new + gone).compactMap { term in
            let edit = Edit(
                term: term.name, before: before[term.name], after: after[term.name])
            return edit.before == edit.after ? nil : edit
        }
    }
}

extension PlanContract {
    /// What holds for all of its targets.
    package var terms: [TargetContract.Term] {
        [
            .init(name: "revision", text: String(revision)),
            .init(name: "zone", text: zone.identifier),
            .init(name: "period", text: periodStart.iso + " " + periodEnd.iso),
            .init(name: "division", text: String(division)),
            .init(name: "place", text: place),
        ]
    }
}
