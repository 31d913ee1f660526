internal import Contracts

extension StatusChange {
    /// The published `data`, to the byte: members in the order of CONTRACT.md, compact, figures as
    /// decimal strings without trailing zeros, and null where there is none. A range's goal has
    /// `value_max` besides, and one of `about` its `tolerance`.
    package var json: String {
        var text = JSONText()
        text.object {
            $0.member("plan", plan)
            $0.member("revision", Int64(revision))
            $0.member("target", target.id)
            $0.member("sequence", sequence)
            $0.member("from", change.from?.rawValue)
            $0.member("to", change.to.rawValue)
            $0.member("cause", cause.rawValue)
            $0.member("asOf", assessment.asOf.rfc3339)
            $0.member("watermark", watermark?.rfc3339)
            $0.member("value", assessment.value.map { Figure.format($0, scale: scale) })
            $0.member("expected", Figure.format(assessment.expected, scale: scale))
            $0.member("pace", assessment.pace.map { Figure.format($0, scale: 6) })
            $0.member("projected", assessment.projected.map { Figure.format($0, scale: scale) })
            $0.name("goal")
            goal(&$0)
            $0.name("rule")
            rule(&$0)
            $0.name("positions")
            $0.array(positions) { position, text in
                text.object {
                    $0.member("topic", position.topic)
                    $0.member("partition", Int64(position.partition))
                    $0.member("offset", position.offset)
                    $0.member("generation", Int64(position.generation))
                }
            }
            $0.member("previousSequence", previousSequence)
        }
        return text.text
    }

    private func goal(_ text: inout JSONText) {
        text.object {
            $0.member("bound", target.bound.rawValue)
            $0.member("value", Figure.format(target.value, scale: target.scale))
            if target.bound == .range, let upper = target.valueMax {
                $0.member("value_max", Figure.format(upper, scale: target.scale))
            }
            if target.bound == .about {
                $0.member("tolerance", Figure.format(target.tolerance, scale: target.scale))
            }
            $0.member("unit", target.unit)
            $0.member("deadline", target.deadline.iso)
        }
    }

    private func rule(_ text: inout JSONText) {
        text.object {
            $0.member("at_risk_below", Figure.format(target.rule.atRiskBelow, scale: 6))
            $0.member("off_track_below", Figure.format(target.rule.offTrackBelow, scale: 6))
            $0.member("recover_above", Figure.format(target.rule.recoverAbove, scale: 6))
            $0.member("hold", target.rule.hold.iso8601)
            $0.member("dwell", target.rule.dwell.iso8601)
        }
    }
}

/// JSON as it is written: members in the order of the calls, no spaces.
private struct JSONText {
    var text = ""
    private var needsComma = false

    mutating func object(_ members: (inout JSONText) -> Void) {
        text += "{"
        needsComma = false
        members(&self)
        text += "}"
        needsComma = true
    }

    mutating func array<Element>(
        _ elements: [Element], _ write: (Element, inout JSONText) -> Void
    ) {
        text += "["
        needsComma = false
        for element in elements {
            if needsComma { text += "," }
            write(element, &self)
        }
        text += "]"
        needsComma = true
    }

    mutating func name(_ name: String) {
        if needsComma { text += "," }
        append(quoted: name)
        text += ":"
        needsComma = true
    }

    mutating func member(_ name: String, _ value: String?) {
        self.name(name)
        if let value { append(quoted: value) } else { text += "null" }
    }

    mutating func member(_ name: String, _ value: Int64?) {
        self.name(name)
        text += value.map(String.init) ?? "null"
    }

    private mutating func append(quoted value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
