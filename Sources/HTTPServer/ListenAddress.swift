internal import Glibc

/// Where a server listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A unix socket of mode 0660, owned by `group` if there is such a group.
    case unix(path: String, group: String? = nil)
    /// An IPv4 or IPv6 address, or a name; `port` 0 lets the kernel choose.
    case tcp(host: String, port: Int)
    /// A socket that is listening already, as systemd passes them.
    case inherited(Int32)

    public var description: String {
        switch self {
        case .unix(let path, _): "unix://\(path)"
        case .tcp(let host, let port):
            host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        case .inherited(let descriptor): "fd://\(descriptor)"
        }
    }

    /// A listening socket for the address.
    func open() throws(HTTPServerError) -> Int32 {
        switch self {
        case .unix(let path, let group): try openUnix(path, group)
        case .tcp(let host, let port): try openTCP(host, port)
        case .inherited(let descriptor): try checkInherited(descriptor)
        }
    }

    /// Whether the address is one of this host alone, with the mode of a file.
    public var isUnixSocket: Bool {
        switch self {
        case .unix: return true
        case .tcp: return false
        case .inherited(let descriptor):
            var domain: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX
        }
    }

    /// The number of a group that is given by name or number; nil where there is none.
    public static func groupNumber(_ name: String) -> UInt32? {
        if let entry = getgrnam(name) { return entry.pointee.gr_gid }
        return UInt32(name)
    }

    private func failure(_ call: String) -> HTTPServerError {
        .address("listen on \"\(self)\": \(call): \(String(cString: strerror(errno)))")
    }

    private func checkInherited(_ descriptor: Int32) throws(HTTPServerError) -> Int32 {
        var listening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 else {
            throw failure("getsockopt")
        }
        guard listening != 0 else { throw .address("listen on \"\(self)\": the socket does not listen") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private func openUnix(_ path: String, _ group: String?) throws(HTTPServerError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.utf8.count < capacity else {
            throw .address("listen on \"\(self)\": a socket's path has 1 to \(capacity - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let descriptor = try makeSocket(AF_UNIX)
        do throws(HTTPServerError) {
            try removeStale(path, address)
            if generic(&address, { bind(descriptor, $0, size) }) != 0 { throw failure("bind") }
            // Nobody can connect before `listen`, so the mode is right from a client's first moment.
            if chmod(path, 0o660) != 0 { throw failure("chmod") }
            if let group, let number = Self.groupNumber(group) {
                if chown(path, uid_t.max, number) != 0 { throw failure("chown") }
            }
            if Glibc.listen(descriptor, 1024) != 0 { throw failure("listen") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Removes a socket that nobody answers on, and refuses to touch anything else.
    private func removeStale(_ path: String, _ address: sockaddr_un) throws(HTTPServerError) {
        var status = stat()
        if lstat(path, &status) != 0 { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .address("listen on \"\(self)\": the path is there and is no socket")
        }
        let probe = try makeSocket(AF_UNIX)
        defer { close(probe) }
        var address = address
        if generic(&address, { connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }) == 0 {
            throw .address("listen on \"\(self)\": another daemon answers there")
        }
        if errno == EAGAIN { throw .address("listen on \"\(self)\": another daemon listens there") }
        if unlink(path) != 0, errno != ENOENT { throw failure("unlink") }
    }

    private func openTCP(_ host: String, _ port: Int) throws(HTTPServerError) -> Int32 {
        guard (0...65535).contains(port) else {
            throw .address("listen on \"\(self)\": a port is a number from 0 to 65535")
        }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &list)
        guard result == 0, let first = list else {
            throw .address("listen on \"\(self)\": \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(first) }
        let descriptor = try makeSocket(first.pointee.ai_family)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        do throws(HTTPServerError) {
            if bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) != 0 {
                throw failure("bind")
            }
            if Glibc.listen(descriptor, 1024) != 0 { throw failure("listen") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func makeSocket(_ family: Int32) throws(HTTPServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        if descriptor < 0 { throw failure("socket") }
        return descriptor
    }

    private func generic(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
