/// Knows up to where everything sent was acknowledged, although acknowledgements of several
/// partitions come in any order. Records are counted in blocks; a block's end is reached when all
/// blocks up to it are whole.
struct AcknowledgedPrefix<Place> {
    private struct Block {
        var waiting = 0
        /// Nil while records are still added.
        var end: Place?
    }

    private var blocks: [Block] = [Block()]
    /// Number of the first of `blocks`.
    private var first = 0

    /// The block that records are sent in now: the token of their delivery reports.
    var current: Int { first + blocks.count - 1 }

    mutating func sent() { blocks[blocks.count - 1].waiting += 1 }

    /// Ends the current block: everything up to the place was sent.
    mutating func close(at place: Place) {
        blocks[blocks.count - 1].end = place
        blocks.append(Block())
    }

    mutating func acknowledged(block: Int) {
        guard block >= first, block - first < blocks.count else { return }
        blocks[block - first].waiting -= 1
    }

    /// The furthest place up to which everything is acknowledged, where it moved since the last
    /// call.
    mutating func take() -> Place? {
        var reached: Place?
        while let block = blocks.first, let end = block.end, block.waiting == 0 {
            reached = end
            blocks.removeFirst()
            first += 1
        }
        return reached
    }
}
