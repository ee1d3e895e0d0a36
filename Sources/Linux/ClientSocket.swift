internal import CLinux
internal import Glibc

/// Connects to `port` at a numeric IPv4 or IPv6 `address`; anything else is an `EINVAL` failure.
public func connectTCP(_ address: String, port: UInt16) throws(SystemError) -> OwnedDescriptor {
    let raw = try checked("connect", "\(address):\(port)") { clinux_tcp_connect(address, Int32(port)) }
    return OwnedDescriptor(adopting: raw)
}

/// Lets `socket` hold more before its sender waits; what the kernel does not allow stays as it is.
public func widenSendBuffer(_ socket: Int32, sizeBytes: Int32) { clinux_widen_send_buffer(socket, sizeBytes) }

/// Sends all of `bytes` on a socket, waiting as long as the peer does not read; never raises `SIGPIPE`.
public func sendAll(_ socket: Int32, _ bytes: [UInt8]) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
        offset += try checkedSize("send", "fd \(socket)") {
            bytes.withUnsafeBytes {
                clinux_send(socket, $0.baseAddress?.advanced(by: offset), $0.count - offset, 1)
            }
        }
    }
}

/// Sends as much of `bytes` as the socket takes now, and returns how much that was.
public func sendSome(_ socket: Int32, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    do {
        return try checkedSize("send", "fd \(socket)") {
            bytes.withUnsafeBytes { clinux_send(socket, $0.baseAddress, $0.count, 0) }
        }
    } catch let error where error.code == .again {
        return 0
    }
}

/// Tells the peer that nothing more will be sent; a connection that is gone already is fine.
public func endSending(_ socket: Int32) {
    _ = clinux_shutdown_writing(socket)
}

/// One descriptor to wait for, and what has come of it.
public struct PollItem: Sendable {
    public var descriptor: Int32
    public var wantsRead: Bool
    public var wantsWrite: Bool
    /// Bytes (or the end) can be read without waiting, or the peer has gone.
    public fileprivate(set) var isReadable = false
    public fileprivate(set) var isWritable = false

    public init(_ descriptor: Int32, read: Bool = true, write: Bool = false) {
        self.descriptor = descriptor
        wantsRead = read
        wantsWrite = write
    }
}

/// Waits until one of at most 16 `items` is ready, and marks those that are; false once `timeout` (in milliseconds) is over.
public func waitForAny(_ items: inout [PollItem], timeoutMilliseconds timeout: Int32 = -1) throws(SystemError)
    -> Bool
{
    let descriptors = items.map { $0.wantsRead || $0.wantsWrite ? $0.descriptor : -1 }
    let events = items.map { ($0.wantsRead ? clinux_poll_in : 0) | ($0.wantsWrite ? clinux_poll_out : 0) }
    var results = [Int16](repeating: 0, count: items.count)
    let ready = try checked("poll") {
        clinux_poll(descriptors, events, &results, Int32(items.count), timeout)
    }
    for index in items.indices {
        let gone = results[index] & clinux_poll_gone != 0
        items[index].isReadable = items[index].wantsRead && (gone || results[index] & clinux_poll_in != 0)
        items[index].isWritable = items[index].wantsWrite && (gone || results[index] & clinux_poll_out != 0)
    }
    return ready > 0
}
