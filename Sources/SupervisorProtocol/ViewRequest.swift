public import Linux
public import OCI

/// What the `view` door of berth-runtime is asked for: a container's file tree in a mount namespace of its own.
///
/// It comes over descriptor 3 (`SOCK_SEQPACKET`). The answer is ``SupervisorMessage/created(pid:startTime:)`` with
/// two descriptors, the tree's root and its namespace, or ``SupervisorMessage/failed(_:)``. The tree is there for
/// as long as somebody holds the namespace.
public struct ViewRequest: Hashable, Sendable {
    /// Where the root comes from; nil for that of a running container, whose mount namespace comes beside the message.
    public var root: RootSource?
    /// What is mounted in it, shallow ones first. What is no bind is the running container's own.
    public var mounts: [RuntimeSpec.Mount]

    public init(root: RootSource?, mounts: [RuntimeSpec.Mount]) {
        self.root = root
        self.mounts = mounts
    }
}

extension ViewRequest: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(root)
        writer.put(mounts)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(root: try reader.get(), mounts: try reader.get())
    }
}

extension ViewRequest {
    /// Sends this over `socket`, with the namespace of a running container.
    public func send(_ socket: Int32, descriptors: [Int32]) throws(SystemError) {
        try Packet.send(socket, payload(), descriptors: descriptors, wait: true)
    }

    /// Receives a request; nil when the peer has gone.
    public static func receive(_ socket: Int32) throws -> Received<ViewRequest>? {
        guard let (payload, offset, descriptors) = try Packet.receive(socket, wait: true) else { return nil }
        return Received(message: try decode(payload, from: offset), descriptors: descriptors)
    }
}
