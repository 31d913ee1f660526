/// A growing column of plain values that is emptied without freeing and reached without checks of
/// ownership. Whoever indexes it stays below `count`.
final class Column<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 64) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// Of the elements, not of the room kept for more.
    var usedByteCount: Int { count * MemoryLayout<Element>.stride }

    subscript(index: Int) -> Element {
        @inline(__always) get { base[index] }
        @inline(__always) set { base[index] = newValue }
    }

    func append(_ element: Element) {
        if count == capacity { reserve(count + 1) }
        (base + count).initialize(to: element)
        count += 1
    }

    func append(repeating element: Element, count more: Int) {
        reserve(count + more)
        (base + count).initialize(repeating: element, count: more)
        count += more
    }

    /// The first `count` elements are whatever they were.
    func resize(_ count: Int) {
        reserve(count)
        self.count = count
    }

    func removeAll() { count = 0 }

    private func reserve(_ wanted: Int) {
        guard wanted > capacity else { return }
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: max(wanted, capacity * 2))
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        capacity = max(wanted, capacity * 2)
    }
}
