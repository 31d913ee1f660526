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
    let port: UInt16

    init(host: String, port: UInt16) throws(StartFailure) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host == "localhost" ? "127.0.0.1" : host, "\(port)", &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let address = found?.pointee, Self.isLoopback(address) else {
            throw StartFailure(
                "cannot listen on \(host): the local broker listens on loopback alone"
                    + " (127.0.0.0/8, localhost, ::1);"
                    + " for other machines run Apache Kafka and set HEADWAY_BROKERS")
        }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, 0)
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR)
        guard descriptor >= 0, bind(descriptor, address.ai_addr, address.ai_addrlen) == 0,
            listen(descriptor, SOMAXCONN) == 0, let port = Self.port(of: descriptor)
        else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw StartFailure(
                "cannot listen on \(host):\(port): \(errorText(code))"
                    + (code == EADDRINUSE ? "; stop what listens there or name another port" : ""))
        }
        self.descriptor = descriptor
        self.port = port
    }

    deinit { close(descriptor) }

    private static func isLoopback(_ address: addrinfo) -> Bool {
        guard let place = address.ai_addr else { return false }
        let bytes = UnsafeRawBufferPointer(start: place, count: Int(address.ai_addrlen))
        // Family and port, then 127.…; or, behind the flow, the sixteen bytes of ::1.
        if address.ai_family == AF_INET { return bytes[4] == 127 }
        return address.ai_family == AF_INET6 && bytes[8..<23].allSatisfy { $0 == 0 }
            && bytes[23] == 1
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                getsockname(descriptor, place, &size) == 0
            else { return nil }
            // At the same place in both families.
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    /// The next connection that waits; nil where there is none, or none can be had (see errno).
    func accept() -> Int32? {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let accepted = accept4(descriptor, nil, nil, flags)
        guard accepted >= 0 else { return nil }
        setOption(accepted, Int32(IPPROTO_TCP), TCP_NODELAY)
        return accepted
    }
}

private func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
    var yes: Int32 = 1
    setsockopt(descriptor, level, option, &yes, socklen_t(MemoryLayout<Int32>.size))
}
