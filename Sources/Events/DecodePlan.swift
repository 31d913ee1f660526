internal import CEventJSON
internal import Contracts

/// A stream's contract in the shape that the C decoder reads.
internal enum DecodePlan {
    /// The plan and all it points to hold during `body` only.
    static func withPlan<Result>(
        of contract: StreamContract, _ limits: EventLimits,
        _ body: (UnsafePointer<hw_plan>) -> Result
    ) -> Result {
        var texts: [[UInt8]] = []
        texts.append(Array(contract.eventType.utf8))
        texts += contract.ignorableTypes.map { Array($0.utf8) }
        for field in contract.fields {
            texts.append(Array(field.name.utf8))
            texts += words(field.kind).map { Array($0.utf8) }
        }
        let bytes = texts.flatMap(\.self) + [0]
        return bytes.withUnsafeBufferPointer { buffer in
            var start = 0
            let pointers = texts.map { text in
                defer { start += text.count }
                return hw_text(bytes: buffer.baseAddress! + start, length: UInt32(text.count))
            }
            return pointers.withUnsafeBufferPointer { withPlan(of: contract, limits, $0, body) }
        }
    }

    private static func withPlan<Result>(
        of contract: StreamContract, _ limits: EventLimits, _ texts: UnsafeBufferPointer<hw_text>,
        _ body: (UnsafePointer<hw_plan>) -> Result
    ) -> Result {
        let base = texts.baseAddress!
        var next = 1 + contract.ignorableTypes.count
        let fields = contract.fields.map { field in
            let words = words(field.kind)
            defer { next += 1 + words.count }
            return describe(
                field, of: contract, name: base[next], words: base + next + 1, words.count)
        }
        return fields.withUnsafeBufferPointer { fields in
            var plan = hw_plan(
                event_type: base[0], ignorable_types: base + 1,
                ignorable_count: UInt32(contract.ignorableTypes.count), fields: fields.baseAddress,
                field_count: UInt32(fields.count), measurements: contract.kind == .measurements,
                earliest: limits.earliest.microseconds,
                future_limit: microseconds(contract.futureLimit),
                value_max: UInt32(clamping: limits.valueBytesMax))
            return body(&plan)
        }
    }

    private static func describe(
        _ field: FieldContract, of contract: StreamContract, name: hw_text,
        words: UnsafePointer<hw_text>, _ wordCount: Int
    ) -> hw_field {
        var plan = hw_field()
        plan.name = name
        plan.required = field.required
        plan.words = words
        plan.word_count = UInt32(wordCount)
        switch field.kind {
        case .division: plan.kind = HW_DIVISION
        case .integer(let min, let max):
            plan.kind = HW_INTEGER
            (plan.min, plan.max) = (min, max)
        case .decimal(let scale, let min, let max):
            plan.kind = HW_DECIMAL
            plan.scale = UInt8(clamping: scale)
            (plan.min, plan.max) = (min, max)
        case .boolean: plan.kind = HW_BOOLEAN
        case .word(let words):
            plan.kind = HW_WORD
            if contract.kind == .measurements, field.name == "basis" {
                plan.otherwise = Int64(words.firstIndex(of: "cumulative") ?? 0)
            }
        case .slug(let maxLength):
            plan.kind = HW_SLUG
            plan.max = Int64(maxLength)
        case .slugs(let maxLength, let maxCount):
            plan.kind = HW_SLUGS
            plan.max = Int64(maxLength)
            plan.count_max = UInt8(clamping: min(maxCount, EventLimits.listMax))
        case .region: plan.kind = HW_REGION
        case .text(let minLength, let maxLength):
            plan.kind = HW_TEXT
            (plan.min, plan.max) = (Int64(minLength), Int64(maxLength))
        case .indicator: plan.kind = HW_INDICATOR
        case .period: plan.kind = HW_PERIOD
        }
        return plan
    }

    private static func words(_ kind: FieldContract.Kind) -> [String] {
        if case .word(let words) = kind { words } else { [] }
    }

    /// Saturates: a limit of ages is no limit.
    private static func microseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (whole, above) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, beyond) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return above || beyond ? (seconds < 0 ? .min : .max) : sum
    }
}
