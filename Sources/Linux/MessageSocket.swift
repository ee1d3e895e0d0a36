internal import CLinux
internal import Glibc

/// What `recvmsg(2)` gave: one message and the descriptors beside it.
public struct ReceivedMessage: Sendable {
    public var bytes: [UInt8]
    public var descriptors: [SharedDescriptor]

    public init(bytes: [UInt8], descriptors: [SharedDescriptor]) {
        self.bytes = bytes
        self.descriptors = descriptors
    }
}

/// The kinds of `AF_UNIX` socket that are used here.
public enum UnixSocketKind: Sendable {
    case stream
    /// Keeps message boundaries and order, and tells when the peer has gone.
    case sequencedPackets

    var rawValue: Int32 { self == .stream ? clinux_sock_stream : clinux_sock_seqpacket }
}

/// Two connected sockets, one for each side.
public struct SocketPair: ~Copyable, Sendable {
    public let first: OwnedDescriptor
    public let second: OwnedDescriptor

    public init(_ kind: UnixSocketKind) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        try checked("socketpair") { clinux_socket_pair(kind.rawValue, &pair) }
        first = OwnedDescriptor(adopting: pair[0])
        second = OwnedDescriptor(adopting: pair[1])
    }

    /// Gives up both ends' ownership, as raw numbers.
    public consuming func release() -> (first: Int32, second: Int32) {
        (first.release(), second.release())
    }
}

/// Listens at `path`, whatever its length; the socket does not block, and only its owner may connect.
public func listenUnix(
    _ path: String, kind: UnixSocketKind, backlog: Int32 = 16
) throws(SystemError) -> OwnedDescriptor {
    let old = umask(0o177)
    defer { _ = umask(old) }
    let raw = try withShortSocketPath(path) { (short) throws(SystemError) in
        try checked("listen", path) { clinux_unix_listen(short, kind.rawValue, backlog) }
    }
    return OwnedDescriptor(adopting: raw)
}

/// Connects to the socket at `path`, whatever its length.
public func connectUnix(_ path: String, kind: UnixSocketKind) throws(SystemError) -> OwnedDescriptor {
    let raw = try withShortSocketPath(path) { (short) throws(SystemError) in
        try checked("connect", path) { clinux_unix_connect(short, kind.rawValue) }
    }
    return OwnedDescriptor(adopting: raw)
}

/// A socket address holds 107 bytes of path; a longer one goes through the folder's descriptor.
private func withShortSocketPath(
    _ path: String, _ body: (String) throws(SystemError) -> Int32
) throws(SystemError) -> Int32 {
    guard path.utf8.count > 107, let slash = path.lastIndex(of: "/") else { return try body(path) }
    let folder = try openFile(String(path[..<slash]), [.path, .directory])
    return try body("/proc/self/fd/\(folder.rawValue)\(path[slash...])")
}

/// The next waiting connection of a listening socket.
public func acceptConnection(_ listener: Int32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try checked("accept", "fd \(listener)") { clinux_accept(listener) })
}

/// The user at the other end of a connected Unix socket.
public func peerUserID(_ socket: Int32) -> UInt32? {
    let raw = clinux_peer_uid(socket)
    return raw < 0 ? nil : UInt32(truncatingIfNeeded: raw)
}

/// Sends one message with `descriptors`, which stay the caller's.
///
/// With `wait` false a full socket is an `EAGAIN` failure. A peer that has gone is `EPIPE` or `ECONNRESET`.
public func sendMessage(
    _ socket: Int32, _ bytes: [UInt8], descriptors: [Int32] = [], wait: Bool = true
) throws(SystemError) {
    try checkedSize("sendmsg", "fd \(socket)") {
        clinux_send_message(
            socket, bytes, bytes.count, descriptors, Int32(descriptors.count), wait ? 0 : clinux_msg_dontwait)
    }
}

/// Receives one message of at most `limitBytes`; nil when the peer has gone.
///
/// With `wait` false nothing to read is an `EAGAIN` failure; a message that was cut off is `EMSGSIZE`.
public func receiveMessage(
    _ socket: Int32, limitBytes: Int = 1 << 17, wait: Bool = true
) throws(SystemError) -> ReceivedMessage? {
    var descriptors = [Int32](repeating: -1, count: 64)
    var descriptorCount = Int32(descriptors.count)
    var truncated: Int32 = 0
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: limitBytes) { buffer, count in
        do throws(SystemError) {
            count = try checkedSize("recvmsg", "fd \(socket)") {
                descriptorCount = 64
                return clinux_receive_message(
                    socket, buffer.baseAddress, buffer.count, &descriptors, &descriptorCount,
                    wait ? 0 : clinux_msg_dontwait, &truncated)
            }
        } catch { failure = error }
    }
    if let failure {
        // The peer has gone with messages of ours unread, which is said once, before its own last messages.
        if failure.code == .connectionReset {
            return try receiveMessage(socket, limitBytes: limitBytes, wait: wait)
        }
        throw failure
    }
    let owned = descriptors[..<Int(descriptorCount)].map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
    if truncated != 0 {
        throw SystemError(call: "recvmsg", subject: "fd \(socket)", code: ErrorCode(rawValue: EMSGSIZE))
    }
    if bytes.isEmpty && owned.isEmpty { return nil }
    return ReceivedMessage(bytes: bytes, descriptors: owned)
}

/// A new file in memory that holds `bytes`, read from its start.
public func memoryFile(_ name: String, _ bytes: [UInt8] = []) throws(SystemError) -> OwnedDescriptor {
    let file = OwnedDescriptor(adopting: try checked("memfd_create", name) { clinux_memfd_create(name) })
    if !bytes.isEmpty {
        try writeAll(file.rawValue, bytes)
        try checkedSize("lseek", name) { Glibc.lseek(file.rawValue, 0, SEEK_SET) }
    }
    return file
}
