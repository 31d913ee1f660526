/// `value * numerator / denominator`, towards zero, with 256 bits in between; saturated where the
/// result does not fit. Zero where the denominator is zero: callers ask only where it is not.
package func scaled(_ value: Int128, by numerator: Int128, over denominator: Int128) -> Int128 {
    guard denominator != 0 else { return 0 }
    let negative = (value < 0) != ((numerator < 0) != (denominator < 0))
    let (product, overflow) = value.multipliedReportingOverflow(by: numerator)
    if !overflow && denominator != -1 { return product / denominator }
    let (high, low) = value.magnitude.multipliedFullWidth(by: numerator.magnitude)
    guard high < denominator.magnitude else { return negative ? .min : .max }
    let (quotient, _) = denominator.magnitude.dividingFullWidth((high, low))
    guard quotient <= Int128.max.magnitude else { return negative ? .min : .max }
    return negative ? -Int128(quotient) : Int128(quotient)
}

/// `left + right`, saturated.
package func saturatedSum(_ left: Int128, _ right: Int128) -> Int128 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : sum
}

/// `left - right`, saturated.
package func saturatedDifference(_ left: Int128, _ right: Int128) -> Int128 {
    let (difference, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : difference
}

/// `value * 10^power`, saturated. Powers below zero count as zero.
package func lifted(_ value: Int128, byPowerOfTen power: Int) -> Int128 {
    var result = value
    for _ in 0..<min(max(power, 0), 40) { result = scaled(result, by: 10, over: 1) }
    return result
}
