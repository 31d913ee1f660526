internal import CEpoll
internal import Glibc

/// Why the broker cannot start: what, why and what to do.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// A listening socket on loopback. There is no other: the broker asks nobody who they are.
final class Listener {
    let descriptor: Int32
    let host: String
    private(set) var port: UInt16

    init(host: String, port: UInt16) throws(StartFailure) {
        self.host = host
        self.port = port
        let isV6 = host == "::1"
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        let numeric = host == "localhost" ? "127.0.0.1" : host
        guard
            isV6
                ? inet_pton(AF_INET6, numeric, &v6.sin6_addr) == 1
                : inet_pton(AF_INET, numeric, &v4.sin_addr) == 1
                    && UInt32(bigEndian: v4.sin_addr.s_addr) >> 24 == 127
        else {
            throw StartFailure(
                "cannot listen on \(host): the local broker listens on loopback alone"
                    + " (127.0.0.0/8, localhost, ::1);"
                    + " for other machines run Apache Kafka and set HEADWAY_BROKERS")
        }
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(isV6 ? AF_INET6 : AF_INET, kind, 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        func named<T>(
            _ address: inout T, _ call: (Int32, UnsafeMutablePointer<sockaddr>, UInt32) -> Int32
        ) -> Bool {
            let size = UInt32(MemoryLayout<T>.size)
            return withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call(descriptor, $0, size) == 0
                }
            }
        }
        func boundPort(_: Int32, _ address: UnsafeMutablePointer<sockaddr>, _ size: UInt32) -> Int32
        {
            var size = size
            return getsockname(descriptor, address, &size)
        }
        guard descriptor >= 0,
            isV6 ? named(&v6, { bind($0, $1, $2) }) : named(&v4, { bind($0, $1, $2) }),
            listen(descriptor, SOMAXCONN) == 0,
            isV6 ? named(&v6, boundPort) : named(&v4, boundPort)
        else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw StartFailure(
                "cannot listen on \(host):\(port): \(errorText(code))"
                    + (code == EADDRINUSE ? "; stop what listens there or name another port" : ""))
        }
        self.port = UInt16(bigEndian: isV6 ? v6.sin6_port : v4.sin_port)
    }

    deinit { close(descriptor) }

    /// The next connection that waits; nil where there is none, or none can be had (see errno).
    func accept() -> Int32? {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let accepted = accept4(descriptor, nil, nil, flags)
        guard accepted >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(
            accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return accepted
    }
}
