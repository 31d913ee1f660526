/// The divisions that begin with a place's digits: `4103` is 410300 up to 410399.
package func divisions(of place: String) -> ClosedRange<Int32> {
    let missing = max(0, 6 - place.utf8.count)
    let width = (0..<missing).reduce(Int32(1)) { product, _ in product * 10 }
    let first = (Int32(place) ?? 0) * width
    return first...(first + width - 1)
}
