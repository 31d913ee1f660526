/// Fetches that wait for more bytes than there were: a pure machine. A wait is looked at again when
/// one of its partitions became longer, and ends at its deadline.
struct FetchWaits: Equatable {
    private var waits: [Call: FetchRequest] = [:]
    private var byPartition: [TopicPartition: Set<Call>] = [:]
    private var woken: Set<Call> = []

    mutating func add(_ request: FetchRequest) {
        waits[request.call] = request
        for name in request.names { byPartition[name, default: []].insert(request.call) }
    }

    mutating func wake(_ partition: TopicPartition) {
        if let calls = byPartition[partition] { woken.formUnion(calls) }
    }

    /// Those that were woken since the last time.
    mutating func takeWoken() -> [FetchRequest] {
        if woken.isEmpty { return [] }
        defer { woken = [] }
        return woken.compactMap { waits[$0] }
    }

    /// Those whose time is over.
    func due(_ now: Int64) -> [FetchRequest] { waits.values.filter { $0.deadline <= now } }

    var nextDeadline: Int64? { waits.values.lazy.map(\.deadline).min() }

    mutating func remove(_ call: Call) {
        guard let request = waits.removeValue(forKey: call) else { return }
        for name in request.names {
            byPartition[name]?.remove(call)
            if byPartition[name]?.isEmpty == true { byPartition[name] = nil }
        }
    }

    mutating func closed(connection: UInt64) {
        for call in waits.keys where call.connection == connection { remove(call) }
    }
}

/// What a fetch asks for.
struct FetchRequest: Equatable {
    struct Part: Equatable {
        var leaderEpoch: Int32
        var offset: Int64
        var bytesMax: Int
    }

    var call: Call
    /// Monotonic clock, milliseconds.
    var deadline: Int64
    var bytesMin: Int
    var bytesMax: Int
    var isCommitted: Bool
    var sessionID: Int32
    var asked: ByTopic<Part>

    var names: some Sequence<TopicPartition> { asked.lazy.flatMap(\.parts).map(\.name) }

    static func == (one: Self, other: Self) -> Bool {
        one.call == other.call && one.names.elementsEqual(other.names)
            && one.deadline == other.deadline
    }
}
