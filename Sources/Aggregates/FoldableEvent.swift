package import Contracts

/// One member of an event's `data`, as the fold reads it.
package protocol FoldableField {
    var isPresent: Bool { get }
    /// Integers, decimals in their scaled unit, booleans as 0 or 1, divisions, and the number of a
    /// word.
    var number: Int64 { get }
    /// Texts: 1 for a single one, else the length of the list.
    var count: Int { get }
    func text(_ index: Int) -> UnsafeRawBufferPointer
}

/// What the fold needs of a decoded event. Fields go by their place in the stream's contract.
package protocol FoldableEvent {
    associatedtype Field: FoldableField
    var time: Instant { get }
    var isWithdrawal: Bool { get }
    var hasPrevious: Bool { get }
    /// Meaningful where `hasPrevious`.
    var previousTime: Instant { get }
    func current(_ field: Int) -> Field
    func previous(_ field: Int) -> Field
}
