/// Spreads keys over a table. Keys come from outside, so the seeds are drawn anew by each process:
/// nobody can prepare keys that collide. Nothing that leaves this module depends on them.
struct KeyMix {
    private let mask: UInt64
    private let factor: UInt64

    init() {
        mask = UInt64.random(in: .min ... .max)
        factor = UInt64.random(in: .min ... .max) | 1
    }

    @inline(__always)
    func callAsFunction(_ key: UInt64) -> UInt64 {
        let product = (key ^ mask).multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }

    @inline(__always)
    func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = self(UInt64(truncatingIfNeeded: bytes.count))
        var index = 0
        while index &+ 8 <= bytes.count {
            state = self(state ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        var tail: UInt64 = 0
        while index < bytes.count {
            tail = tail << 8 | UInt64(bytes[index])
            index &+= 1
        }
        return self(state ^ tail)
    }
}
