internal import CEventJSON

extension DeadLetterReason {
    /// Built for dead records only: the path of good ones makes no strings.
    internal init(_ complaint: hw_complaint) {
        let (stage, name) = DeadLetterReason.classify(complaint.reason)
        var message = String(cString: complaint.what)
        let member = DeadLetterReason.printable(complaint.member)
        switch complaint.place {
        case HW_IN_HEADER: message = "header ce_\(member) \(message)"
        case HW_IN_ENVELOPE: message = "\(member) \(message)"
        case HW_IN_DATA: message = "data.\(member) \(message)"
        case HW_IN_PREVIOUS: message = "data.previous.\(member) \(message)"
        default: break
        }
        if name == .tooLarge {
            message += " (\(complaint.byte) bytes)"
        } else if complaint.byte >= 0 {
            message += " (byte \(complaint.byte))"
        }
        self.init(stage: stage, name: name, message: message)
    }

    private static func classify(_ reason: hw_reason) -> (Stage, Name) {
        switch reason {
        case HW_TOO_LARGE: (.decode, .tooLarge)
        case HW_NOT_CLOUDEVENT: (.decode, .notCloudEvent)
        case HW_DUPLICATE_MEMBER: (.decode, .duplicateMember)
        case HW_MISSING_MEMBER: (.validate, .missingMember)
        case HW_WRONG_TYPE: (.validate, .wrongType)
        case HW_OUT_OF_RANGE: (.validate, .outOfRange)
        case HW_BAD_SPECVERSION: (.validate, .badSpecversion)
        case HW_UNKNOWN_TYPE: (.validate, .unknownType)
        case HW_BAD_TIME: (.validate, .badTime)
        case HW_OVERFLOW: (.validate, .overflow)
        default: (.decode, .badJSON)
        }
    }

    /// A member's name may be anything: what PostgreSQL or a terminal would not take is replaced.
    private static func printable(_ text: hw_text) -> String {
        guard let bytes = text.bytes else { return "" }
        let name = UnsafeBufferPointer(start: bytes, count: min(Int(text.length), 64))
        let clean = String(decoding: name, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
        }
        return String(String.UnicodeScalarView(clean))
    }
}
