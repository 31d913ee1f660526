import Glibc
import LocalBroker

/// One connection that speaks the protocol itself: what is sent and what comes back is as written.
final class Conversation {
    enum Failure: Error, Equatable {
        case refused(String)
        /// The broker closed the connection.
        case closed
        case silent
        case correlation(Int64)
    }

    /// No answer may take longer.
    static let answerSecondsMax = 15

    let broker: BrokerUnderTest
    private let socket: Int32
    private var correlation: Int32 = 0

    convenience init(_ broker: BrokerUnderTest) throws {
        try self.init(broker, port: try broker.port())
    }

    init(_ broker: BrokerUnderTest, port: UInt16) throws {
        self.broker = broker
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: Self.answerSecondsMax, tv_usec: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(
            socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure.refused(String(cString: strerror(errno))) }
    }

    deinit { close(socket) }

    // MARK: asking

    /// Sends the request and reads its answer; without a version: the highest on offer.
    func ask(_ api: API, _ version: Int16? = nil, _ body: Value = [:]) throws -> Value {
        try send(api, version, body)
        return try answer(api, version)
    }

    func send(_ api: API, _ version: Int16? = nil, _ body: Value = [:]) throws {
        let version = version ?? api.versions.upperBound
        let bytes = try MessageTable.request(api).encode(body, version: version)
        try send(key: api.rawValue, version: version, flexible: api.hasTags(version), bytes)
    }

    func send(key: Int16, version: Int16, flexible: Bool = false, _ body: [UInt8]) throws {
        correlation += 1
        var message: [UInt8] = []
        message.append(big: key, 2)
        message.append(big: version, 2)
        message.append(big: correlation, 4)
        message.append(big: Self.clientID.utf8.count, 2)
        message += Self.clientID.utf8
        if flexible { message.append(0) }
        message += body
        var framed: [UInt8] = []
        framed.append(big: message.count, 4)
        try write(framed + message)
    }

    static let clientID = "conformance"
    private var answered: Int32 = 0

    /// The answer to the oldest request that has none: answers come in the order of requests.
    func answer(_ api: API, _ version: Int16? = nil) throws -> Value {
        let version = version ?? api.versions.upperBound
        let bytes = try receive()
        let start = 4 + (api == .describeCluster ? 1 : 0)
        return try MessageTable.answer(api).decode(bytes, from: start, version: version)
    }

    /// The bytes of the next answer, its correlation id checked.
    func receive() throws -> [UInt8] {
        answered += 1
        var size = ByteReader(try read(4))
        let bytes = try read(Int(try size.big(4)))
        var head = ByteReader(bytes)
        let found = try head.big(4)
        guard found == Int64(answered) else { throw Failure.correlation(found) }
        return bytes
    }

    /// A request without an answer (acks 0).
    func expectNoAnswer() { answered += 1 }

    /// Whether the broker closes the connection, and says nothing before.
    func isClosed() throws -> Bool {
        do {
            _ = try read(1)
            return false
        } catch Failure.closed {
            return true
        }
    }

    // MARK: bytes

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.closed }
            sent += count
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = bytes[filled...].withUnsafeMutableBytes {
                recv(socket, $0.baseAddress, $0.count, 0)
            }
            if more > 0 {
                filled += more
            } else if more < 0, errno == EAGAIN {
                throw Failure.silent
            } else {
                throw Failure.closed
            }
        }
        return bytes
    }
}

extension API {
    func hasTags(_ version: Int16) -> Bool {
        self == .describeCluster || self == .apiVersions && version >= 3
    }
}
