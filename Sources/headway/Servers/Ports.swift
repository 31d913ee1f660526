import Foundation

/// TCP ports on loopback.
enum Ports {
    /// A port that nobody listens on: the preferred one, else one that the system gives.
    static func free(preferred: UInt16?) throws(ServerFailure) -> UInt16 {
        for port in [preferred, 0].compactMap(\.self) {
            if let bound = bind(port) { return bound }
        }
        throw ServerFailure("no free TCP port on 127.0.0.1")
    }

    private static func bind(_ port: UInt16) -> UInt16? {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard handle >= 0 else { return nil }
        defer { close(handle) }
        var yes: Int32 = 1
        setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = loopback(port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.bind(handle, $0, size)
            }
        }
        guard bound == 0 else { return nil }
        var length = size
        let named = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(handle, $0, &length)
            }
        }
        return named == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }

    /// True when somebody takes connections there.
    static func answers(_ port: UInt16) -> Bool {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        var address = loopback(port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(handle, $0, size) }
        } == 0
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
