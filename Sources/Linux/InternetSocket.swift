internal import CLinux
internal import Glibc

/// What an internet socket carries.
public enum InternetSocketKind: Sendable {
    case stream
    case datagram
}

/// One end of a conversation: an address and a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    public let port: UInt16

    public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "\(address.bracketed):\(port)" }
}

/// Binds `local` (port 0: a free one) and, for a stream, listens; the socket does not block.
///
/// An IPv6 socket takes no IPv4 traffic.
public func listenInternet(
    _ local: SocketAddress, kind: InternetSocketKind, backlog: Int32 = 4096
) throws(SystemError) -> OwnedDescriptor {
    let bytes = local.address.bytes
    let raw = try checked("bind", local.description) {
        clinux_inet_listen(bytes, Int32(bytes.count), local.port, kind == .datagram ? 1 : 0, backlog)
    }
    return OwnedDescriptor(adopting: raw)
}

/// Begins to connect to `remote`; the socket does not block, and is writable once the outcome is known.
public func connectInternet(
    _ remote: SocketAddress, kind: InternetSocketKind
) throws(SystemError) -> OwnedDescriptor {
    let bytes = remote.address.bytes
    let raw = try checked("connect", remote.description) {
        clinux_inet_connect(bytes, Int32(bytes.count), remote.port, kind == .datagram ? 1 : 0)
    }
    return OwnedDescriptor(adopting: raw)
}

/// The next waiting connection of `listener`, as a socket that does not block.
public func acceptNonBlocking(_ listener: Int32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try checked("accept", "fd \(listener)") { clinux_accept_nonblocking(listener) })
}

/// The port that `socket` is bound to.
public func localPort(_ socket: Int32) throws(SystemError) -> UInt16 {
    UInt16(truncatingIfNeeded: try checked("getsockname", "fd \(socket)") { clinux_inet_local_port(socket) })
}

/// What a connect that was under way came to: nil is success.
public func socketError(_ socket: Int32) -> ErrorCode? {
    let code = clinux_socket_error(socket)
    return code == 0 ? nil : ErrorCode(rawValue: code)
}

/// Receives one datagram into `buffer` and says from where; `EAGAIN` when there is none.
public func receiveDatagram(
    _ socket: Int32, into buffer: UnsafeMutableRawBufferPointer
) throws(SystemError) -> (count: Int, from: SocketAddress) {
    var bytes = [UInt8](repeating: 0, count: 16)
    var length: Int32 = 0
    var port: UInt16 = 0
    let count = try checkedSize("recvfrom", "fd \(socket)") {
        clinux_inet_receive(socket, buffer.baseAddress, buffer.count, &bytes, &length, &port)
    }
    guard let address = IPAddress(bytes: Array(bytes.prefix(Int(length)))) else {
        throw SystemError(call: "recvfrom", subject: "fd \(socket)", code: .invalid)
    }
    return (count, SocketAddress(address, port))
}

/// Sends one datagram to `remote` without waiting.
public func sendDatagram(
    _ socket: Int32, _ bytes: UnsafeRawBufferPointer, to remote: SocketAddress
) throws(SystemError) {
    let address = remote.address.bytes
    try checkedSize("sendto", remote.description) {
        clinux_inet_send(socket, bytes.baseAddress, bytes.count, address, Int32(address.count), remote.port)
    }
}

/// Sends small segments at once, as a relay must.
public func setNoDelay(_ socket: Int32) {
    _ = clinux_tcp_no_delay(socket)
}

/// A socket that speaks netlink `protocol` in the thread's network namespace; see `netlink(7)`.
public func openNetlinkSocket(protocol number: Int32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try checked("socket", "netlink \(number)") { clinux_netlink_socket(number) })
}

/// Sends one datagram to the kernel.
public func sendNetlink(_ socket: Int32, _ bytes: [UInt8]) throws(SystemError) {
    try checkedSize("send", "netlink") { Glibc.send(socket, bytes, bytes.count, 0) }
}

/// Receives one datagram from the kernel; nil if there is none and `wait` is false.
///
/// A datagram that is cut off is lost (`EMSGSIZE`): `buffer` needs room for 64 KiB, more than the kernel puts
/// in one.
public func receiveNetlink(
    _ socket: Int32, into buffer: UnsafeMutableRawBufferPointer, wait: Bool
) throws(SystemError) -> Int? {
    do throws(SystemError) {
        let count = try checkedSize("recv", "netlink") {
            clinux_netlink_receive(socket, buffer.baseAddress, buffer.count, wait ? 1 : 0)
        }
        if count > buffer.count {
            throw SystemError(call: "recv", subject: "netlink", code: ErrorCode(rawValue: EMSGSIZE))
        }
        return count
    } catch {
        if error.code == .again { return nil }
        throw error
    }
}

/// Sends what a connected socket takes of `bytes` without waiting, and says how much; a peer that has gone is
/// `EPIPE`, never a signal.
public func sendStream(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    try checkedSize("send", "fd \(socket)") { clinux_send_now(socket, bytes.baseAddress, bytes.count) }
}

/// Receives what there is at a connected socket that does not block, up to the buffer's room; 0 is the end.
public func receiveStream(_ socket: Int32, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    let room = buffer.count
    return try checkedSize("recv", "fd \(socket)") { Glibc.recv(socket, &buffer, room, 0) }
}
