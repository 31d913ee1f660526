internal import Foundation

/// A member of a change that is not what follows from the log.
package struct ChangeDifference: Sendable, Equatable {
    /// For example `value`, `rule.hold` or `positions[2].offset`.
    package var member: String
    /// Nil where there is no such member.
    package var recorded: String?
    package var recomputed: String?

    package init(member: String, recorded: String?, recomputed: String?) {
        self.member = member
        self.recorded = recorded
        self.recomputed = recomputed
    }
}

/// Compares two texts of a change's `data`.
package enum ChangeComparison {
    /// The members of CONTRACT.md, in its order.
    private static let order = [
        "plan", "revision", "target", "sequence", "from", "to", "cause", "asOf", "watermark",
        "value", "expected", "pace", "projected", "goal", "rule", "positions", "previousSequence",
    ]

    /// Member by member; none where the two are the same to the byte.
    package static func differences(recorded: String, recomputed: String) -> [ChangeDifference] {
        guard recorded != recomputed else { return [] }
        let left = members(recorded) ?? [:]
        let right = members(recomputed) ?? [:]
        let names = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
        let found = names.map {
            ChangeDifference(member: $0, recorded: left[$0], recomputed: right[$0])
        }
        guard found.isEmpty else { return found.sorted { rank($0.member) < rank($1.member) } }
        return [ChangeDifference(member: "data", recorded: recorded, recomputed: recomputed)]
    }

    private static func rank(_ member: String) -> (Int, Int, String) {
        let top = member.prefix { $0 != "." && $0 != "[" }
        return (order.firstIndex(of: String(top)) ?? order.count, member.utf8.count, member)
    }

    /// Every value by its path. Nil where the text is no JSON object.
    private static func members(_ text: String) -> [String: String]? {
        do {
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            guard let object = object as? [String: Any] else { return nil }
            var members: [String: String] = [:]
            flatten(object, at: "", into: &members)
            return members
        } catch {
            return nil
        }
    }

    private static func flatten(_ value: Any, at path: String, into members: inout [String: String])
    {
        switch value {
        case let object as [String: Any]:
            for (name, value) in object {
                flatten(value, at: path.isEmpty ? name : "\(path).\(name)", into: &members)
            }
        case let list as [Any]:
            for (index, value) in list.enumerated() {
                flatten(value, at: "\(path)[\(index)]", into: &members)
            }
        case is NSNull: members[path] = "null"
        default: members[path] = "\(value)"
        }
    }
}
