internal import CEventJSON
package import Contracts

/// One member of an event's `data`. Valid until the decoder's next call.
package struct FieldView {
    internal let value: UnsafePointer<hw_value>

    internal init(value: UnsafePointer<hw_value>) { self.value = value }

    /// False where the member is absent or null.
    package var isPresent: Bool { value.pointee.present != 0 }

    /// Integers; decimals in units of 10^-scale; booleans as 0 or 1; divisions; the index of a
    /// word. 0 for an absent field, except that an absent `basis` of a measurement is `cumulative`.
    package var number: Int64 { value.pointee.number }

    /// Texts: 0 where it is absent or was written as a number, the elements of a list, else 1.
    package var count: Int { Int(value.pointee.count) }

    /// `index` is below `count`. Escapes are resolved; UTF-8.
    package func text(_ index: Int = 0) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count)
        return hw_value_text(value, index).buffer
    }

    /// Of a present `period`: its first day and its last, both inclusive.
    package var period: (first: CivilDate, last: CivilDate) {
        (
            CivilDate(dayNumber: Int32(truncatingIfNeeded: number >> 32)),
            CivilDate(dayNumber: Int32(truncatingIfNeeded: number))
        )
    }
}
