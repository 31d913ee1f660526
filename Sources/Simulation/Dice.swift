/// A small random source of our own (SplitMix64), so that a seed gives the same city on every
/// machine and with every version of the toolchain.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// A source for one place of the simulation, independent of how much was drawn elsewhere.
    init(_ seed: UInt64, _ first: Int, _ second: Int) {
        state = Self.place(seed, first, second)
    }

    /// The same 64 bits for the same place.
    static func place(_ seed: UInt64, _ first: Int, _ second: Int) -> UInt64 {
        let one = mix(seed &+ UInt64(truncatingIfNeeded: first) &* 0x9E37_79B9_7F4A_7C15)
        return mix(one ^ (UInt64(truncatingIfNeeded: second) &* 0xD1B5_4A32_D192_ED03))
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// From 0 to `bound` - 1. The bound is above zero.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// 32 bits as an even draw from 0 to `whole` - 1.
    static func part(_ bits: UInt64, of whole: Int64) -> Int64 {
        (Int64(bits & 0xFFFF_FFFF) * whole) >> 32
    }

    mutating func chance(_ parts: Int, in whole: Int) -> Bool { below(whole) < parts }

    /// A factor in 1/1024 with mean 1024, skewed: many small ones and few of up to three times the
    /// mean.
    mutating func skewedFactor() -> Int64 {
        let draw = Int64(next() >> 48)
        return (draw * draw * 3) >> 22
    }

    /// A factor in 1/1024 with mean 1024, even between 0.4 and 1.6.
    mutating func evenFactor() -> Int64 { 410 + Int64(below(1_229)) }

    /// `mean` and `factor` in 1/1024: their product as a whole number, rounded by chance so that
    /// the mean holds.
    mutating func amount(mean: Int64, factor: Int64) -> Int64 {
        let exact = Int64(truncatingIfNeeded: (Int128(mean) * Int128(factor)) >> 10)
        return (exact + Int64(below(1_024))) >> 10
    }
}
