import Glibc

@testable import LocalBroker

/// A socket to a broker, blocking, that sends whatever a test wants.
final class RawClient {
    let descriptor: Int32
    private var correlation: Int32 = 0

    struct Failure: Error, CustomStringConvertible { var description: String }

    init(_ port: UInt16, secondsMax: Int = 10, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: secondsMax, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(description: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends all of it; false where the broker has closed the connection.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Exactly so many bytes, or nil where the connection ends before. Throws when nothing comes.
    func receive(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let more = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + received, count - received, 0)
            }
            if more == 0 || more < 0 && errno == ECONNRESET { return nil }
            if more < 0 { throw Failure(description: "nothing received: \(errno)") }
            received += more
        }
        return bytes
    }

    /// Receives to the end of the connection.
    func drain() throws {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return }
            if count < 0 { throw Failure(description: "neither bytes nor an end: \(errno)") }
        }
    }

    /// Whether something has come that was not received, or the end of the connection.
    var hasAnswer: Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waited, 1, 0) > 0
    }

    /// A request with its size and header.
    static func request(
        _ key: Int16, _ version: Int16, correlation: Int32 = 0, isFlexible: Bool = false,
        _ body: [UInt8] = []
    ) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(key)
        writer.int16(version)
        writer.int32(correlation)
        writer.nullableString("raw")
        if isFlexible { writer.unsignedVarint(0) }
        writer.raw(body)
        var sized = WireWriter()
        sized.int32(Int32(writer.buffer.count))
        return sized.buffer + writer.buffer
    }

    /// Sends one request; its correlation is returned.
    @discardableResult
    func ask(_ api: API, _ version: Int16, _ body: [UInt8] = []) -> Int32 {
        correlation += 1
        let flexible = api.isFlexible(version)
        send(
            Self.request(
                api.rawValue, version, correlation: correlation, isFlexible: flexible, body))
        return correlation
    }

    /// The next answer: its correlation and what follows; nil where the connection is closed.
    func answer() throws -> (correlation: Int32, body: [UInt8])? {
        guard let head = try receive(4) else { return nil }
        let size = head.reduce(0) { $0 << 8 | Int($1) }
        guard let all = try receive(size) else { return nil }
        return (all.prefix(4).reduce(0) { $0 << 8 | Int32($1) }, Array(all.dropFirst(4)))
    }

    /// Asks and waits for the answer's body.
    func call(_ api: API, _ version: Int16, _ body: [UInt8] = []) throws -> [UInt8] {
        let asked = ask(api, version, body)
        guard let answer = try answer() else {
            throw Failure(description: "\(api) \(version): the connection was closed")
        }
        guard answer.correlation == asked else {
            throw Failure(description: "answer \(answer.correlation) to request \(asked)")
        }
        return answer.body
    }
}
