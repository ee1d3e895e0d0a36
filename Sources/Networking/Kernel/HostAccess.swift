public import Linux
public import Netlink

/// The way to the host's kernel, which tests lead into a namespace of their own and let fail.
public struct HostAccess: Sendable {
    /// Opens a netlink socket, in the namespace of the second argument or (nil) in the host's.
    public var openSocket: @Sendable (NetlinkProtocol, Int32?) throws -> any NetlinkSocket
    /// Writes a kernel setting below `/proc/sys/net`, such as `ipv4/ip_forward`.
    public var writeSetting: @Sendable (_ path: String, _ value: String) throws -> Void
    /// The network namespace that plays the host; nil is the process's own.
    let namespace: SharedDescriptor?

    /// Leads to the network namespace `namespace`, by default the process's own.
    public init(namespace: SharedDescriptor? = nil) {
        self.namespace = namespace
        openSocket = { family, inside in
            if let target = inside ?? namespace?.rawValue {
                return try KernelNetlinkSocket(family, inNamespace: target)
            }
            return try KernelNetlinkSocket(family)
        }
        writeSetting = { path, value in
            try Self.within(namespace) { () throws(SystemError) in
                let file = try openFile("/proc/sys/net/" + path, .writeOnly)
                try writeAll(file.rawValue, Array(value.utf8))
            }
        }
    }

    /// Runs `body` where the host's sockets and settings are.
    func within<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
        try Self.within(namespace, body)
    }

    private static func within<Result: ~Copyable>(
        _ namespace: SharedDescriptor?, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard let namespace else { return try body() }
        return try withNetworkNamespace(namespace.rawValue, body)
    }

    /// The text of a kernel setting below `/proc/sys/net`, without its newline; nil if it is not there.
    func setting(_ path: String) -> String? {
        let text = try? within { () throws(SystemError) in try readText("/proc/sys/net/" + path) }
        return text.map { String($0.prefix { $0 != "\n" }) }
    }
}
