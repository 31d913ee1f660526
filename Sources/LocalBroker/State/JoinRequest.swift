/// Who asks, as members of a group name themselves.
struct Membership: Equatable, Sendable {
    var group: String
    var generation: Int32
    var id: String
    /// A static member's name, which outlives its process.
    var instance: String?
}

/// A member's wish to be part of a group.
struct JoinRequest: Equatable, Sendable {
    struct Choice: Equatable, Sendable {
        var name: String
        var metadata: [UInt8]
    }

    var member: String
    var instance: String?
    var clientID: String
    var sessionMilliseconds: Int64
    var rebalanceMilliseconds: Int64
    var protocolType: String
    var protocols: [Choice]
    /// A dynamic member is told its id before it is let in, so that a lost answer leaves nobody.
    var needsID: Bool

    var bytes: Int { protocols.reduce(0) { $0 + $1.name.utf8.count + $1.metadata.count } }

    /// What a member of a consumer group reads: all its protocols say it in one form.
    var topics: [String] {
        (protocols.first?.metadata ?? []).withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            do { return (try reader.read() as (Int16, [String])).1 } catch { return [] }
        }
    }
}

struct JoinAnswer: Equatable, Sendable {
    struct Joined: Equatable, Sendable {
        var id: String
        var instance: String?
        var metadata: [UInt8]
    }

    var error = ErrorCode.none
    var generation: Int32 = -1
    var protocolName = ""
    var leader = ""
    var member: String
    /// For the leader alone.
    var members: [Joined] = []
}

enum GroupAction: Equatable, Sendable {
    case answerJoin(Call, JoinAnswer)
    case answerSync(Call, ErrorCode, [UInt8])
}
