internal import Glibc

/// One client: the requests that it has begun to send and the answers that it has yet to read.
final class Connection {
    /// What is read before a request's size is known.
    static let readAhead = 8 << 10
    /// A larger buffer goes when its request is handled.
    static let keptBytesMax = 256 << 10
    /// Small pieces are joined up to this size, so that an answer is one system call.
    private static let joinedBytesMax = 16 << 10
    private static let sentBytesPerRound = 4 << 20

    let id: UInt64
    let descriptor: Int32
    let isControl: Bool

    /// Uninitialised memory: nothing is written to it but what is read from the socket.
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// When the request that needs more than `readAhead` was begun.
    private(set) var begunAt: Int64?
    var isWaitingForRoom = false
    /// The slot whose answer must be given before the next request is looked at.
    var mutedBy: UInt64?
    /// No further request is taken; it is closed when what was taken is answered.
    var isFinishing = false
    /// The client sends no more; what it sent is still handled.
    var hasEnded = false
    var interest: UInt32 = 0

    /// Answers in the requests' order; nil: not there yet. After the last the connection is closed.
    private var slots: [(pieces: [AnswerPiece]?, isLast: Bool)] = []
    private var firstSlot: UInt64 = 0
    /// What is to become of the answers of these slots.
    var fates: [UInt64: Fault] = [:]
    private var output: [AnswerPiece] = []
    private var outputSent = 0
    /// Bytes of memory, of files none, in answers that are not sent.
    private(set) var outboundBytes = 0

    init(id: UInt64, descriptor: Int32, isControl: Bool) {
        self.id = id
        self.descriptor = descriptor
        self.isControl = isControl
        buffer = .allocate(byteCount: Self.readAhead, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        close(descriptor)
    }

    // MARK: requests

    /// What counts against the limit of all connections.
    var extraBytes: Int { buffer.count - Self.readAhead }
    var isEmpty: Bool { start == end }
    var hasRoom: Bool { end < buffer.count || start > 0 }
    var waitingAnswers: Int { slots.count }

    /// Bytes that are there and not taken.
    var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[start..<end]) }

    /// The size that the next request says; nil before its four bytes are there.
    var requestSize: Int? {
        guard end - start >= 4 else { return nil }
        return Int(unread.integer(0, Int32.self))
    }

    /// The next whole request without its size. It stays where it is until `took`.
    var request: UnsafeRawBufferPointer? {
        guard let size = requestSize, size >= 0, end - start - 4 >= size else { return nil }
        return UnsafeRawBufferPointer(rebasing: buffer[start + 4..<start + 4 + size])
    }

    func took(_ count: Int) {
        start += count
        begunAt = nil
        if start == end { (start, end) = (0, 0) }
    }

    /// The buffer that a request of this many bytes needs: exact above what is kept, so that nothing
    /// of the next request is read into it.
    static func capacity(for count: Int) -> Int {
        guard count > readAhead else { return readAhead }
        guard count <= keptBytesMax else { return count }
        return 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    /// Makes the buffer large enough for the request that is under way.
    func expect(_ count: Int, now: Int64) {
        if begunAt == nil { begunAt = now }
        let capacity = Self.capacity(for: count)
        if capacity > buffer.count { move(to: capacity) }
    }

    func shrink() { move(to: Self.readAhead) }

    private func move(to capacity: Int) {
        let other = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        other.copyMemory(from: unread)
        (start, end) = (0, end - start)
        buffer.deallocate()
        buffer = other
    }

    enum Received {
        case bytes, nothing, end
        case failed(Int32)
    }

    func receive() -> Received {
        if end == buffer.count || start == end {
            let left = end - start
            if let base = buffer.baseAddress, left > 0 { memmove(base, base + start, left) }
            (start, end) = (0, left)
        }
        while true {
            let count = read(descriptor, buffer.baseAddress.map { $0 + end }, buffer.count - end)
            if count > 0 {
                end += count
                return .bytes
            }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .nothing : .failed(errno)
        }
    }

    // MARK: answers

    func takeSlot() -> UInt64 {
        slots.append((nil, false))
        return firstSlot + UInt64(slots.count) - 1
    }

    /// The answer of a slot, without any for no pieces; sent when those before it are.
    func settle(_ slot: UInt64, _ pieces: [AnswerPiece], isLast: Bool = false) {
        guard slot >= firstSlot, slot - firstSlot < UInt64(slots.count) else { return }
        slots[Int(slot - firstSlot)] = (pieces, isLast)
        if isLast { isFinishing = true }
        if mutedBy == slot { mutedBy = nil }
        fates[slot] = nil
        for case .bytes(let bytes) in pieces { outboundBytes += bytes.count }
        while let first = slots.first, let pieces = first.pieces {
            enqueue(pieces)
            let done = first.isLast ? slots.count : 1
            slots.removeFirst(done)
            firstSlot += UInt64(done)
        }
    }

    /// For the control port, which has no slots.
    func say(_ text: String) {
        let bytes = Array(text.utf8)
        outboundBytes += bytes.count
        enqueue([.bytes(bytes)])
    }

    private func enqueue(_ pieces: [AnswerPiece]) {
        for piece in pieces {
            if case .bytes(let bytes) = piece, case .bytes(var last)? = output.last,
                bytes.count + last.count <= Self.joinedBytesMax
            {
                // The array leaves its place first: it grows without being copied.
                output.removeLast()
                last.append(contentsOf: bytes)
                output.append(.bytes(last))
            } else {
                output.append(piece)
            }
        }
    }

    var hasOutput: Bool { !output.isEmpty }
    var isFinished: Bool { isFinishing && slots.isEmpty && output.isEmpty }

    enum Sent {
        case all, some
        case failed(String)
    }

    /// Sends what the socket takes, of one connection not more than its share of a round.
    func send() -> Sent {
        var sentInRound = 0
        var done = 0
        defer { output.removeFirst(done) }
        while done < output.count {
            guard sentInRound < Self.sentBytesPerRound else { return .some }
            let count: Int
            let whole: Int
            switch output[done] {
            case .bytes(let bytes):
                whole = bytes.count
                var flags = Int32(MSG_NOSIGNAL)
                // What follows from a file goes into the same packet.
                if done + 1 < output.count { flags |= Int32(MSG_MORE) }
                count = bytes.withUnsafeBytes {
                    Glibc.send(
                        descriptor, $0.baseAddress.map { $0 + outputSent }, whole - outputSent,
                        flags)
                }
                if count > 0 { outboundBytes -= count }
            case .file(let range):
                whole = range.count
                var position = off_t(range.offset + outputSent)
                let most = min(whole - outputSent, Self.sentBytesPerRound)
                count = sendfile(descriptor, range.file.descriptor, &position, most)
                if count == 0, whole > 0 { return .failed("\(range.file.path) ended early") }
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .some : .failed(errorText(errno))
            }
            outputSent += count
            sentInRound += count
            if outputSent == whole {
                done += 1
                outputSent = 0
            }
        }
        return .all
    }
}
