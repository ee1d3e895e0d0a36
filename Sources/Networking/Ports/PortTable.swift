internal import Linux

/// Why a port could not be published, in Docker's words.
enum PortConflict: Error, CustomStringConvertible {
    /// Another container has it.
    case allocated(IPAddress, UInt16)
    /// Containers have every port of the range (or every ephemeral one).
    case allAllocated
    /// Something else on the host has it, or the address is not of this host.
    case bindFailed(request: PortRequest, target: IPAddress, address: IPAddress, port: UInt16, ErrorCode)
    case notSupported(PortRequest)

    var description: String {
        switch self {
        case .allocated(let address, let port):
            return "Bind for \(address):\(port) failed: port is already allocated"
        case .allAllocated:
            return "all ports are allocated"
        case .bindFailed(let request, let target, let address, let port, let code):
            let container = "\(target):\(request.containerPort)/\(request.transport.rawValue): \(code.reason)"
            if let range = request.hostPorts, range.count > 1 {
                let ends = "\(range.lowerBound)-\(range.upperBound)"
                return "failed to bind host port \(port) for \(address.bracketed):\(ends):\(container)"
            }
            return "failed to bind host port for \(address.bracketed):\(port):\(container)"
        case .notSupported(let request):
            return "publishing SCTP ports is not supported yet: \(request.containerPort)/sctp"
        }
    }
}

/// Which host ports are published, and the sockets that keep other programs off them.
///
/// Not for two threads at once; its owner is ``DefaultNetwork``.
struct PortTable {
    private struct Key: Hashable {
        let transport: PortTransport
        let isIPv6: Bool
        let port: UInt16
    }

    private var taken: [Key: Set<IPAddress>] = [:]
    private var lastEphemeral: [PortTransport: UInt16] = [:]
    /// The ports that a random one is chosen from.
    let ephemeral: ClosedRange<UInt16>
    /// What an all-addresses request is published on.
    let wildcards: [IPAddress]

    init(ephemeral: ClosedRange<UInt16>, wildcards: [IPAddress]) {
        self.ephemeral = ephemeral
        self.wildcards = wildcards
    }

    /// A port with the socket that holds it.
    struct Held: Sendable {
        let binding: PortBinding
        let socket: SharedDescriptor
    }

    /// Takes the host ports for `requests`, all or none.
    ///
    /// `bind` opens the socket that reserves a port.
    mutating func take(
        _ requests: [PortRequest], target: IPAddress,
        bind: (SocketAddress, PortTransport) throws(SystemError) -> OwnedDescriptor
    ) throws(PortConflict) -> [Held] {
        var held: [Held] = []
        do {
            for request in requests { held += try takeOne(request, target: target, bind: bind) }
            return held
        } catch {
            for one in held { release(one.binding) }
            throw error
        }
    }

    private mutating func takeOne(
        _ request: PortRequest, target: IPAddress,
        bind: (SocketAddress, PortTransport) throws(SystemError) -> OwnedDescriptor
    ) throws(PortConflict) -> [Held] {
        if request.transport == .sctp { throw .notSupported(request) }
        let addresses = request.hostAddress.map { [$0] } ?? wildcards
        var bindFailure: PortConflict?
        let (range, first) = candidates(request)
        for step in 0..<range.count {
            // The range from `first` on, then what lies before it.
            let offset = (Int(first - range.lowerBound) + step) % range.count
            let port = range.lowerBound + UInt16(offset)
            do {
                let held = try takePort(port, request, addresses, target, bind)
                if request.hostPorts == nil { lastEphemeral[request.transport] = port }
                return held
            } catch {
                if case .bindFailed(_, _, _, _, let code) = error {
                    bindFailure = error
                    if code != .addressInUse { throw error }
                }
                if request.hostPorts?.count == 1 { throw error }
            }
        }
        throw bindFailure ?? .allAllocated
    }

    /// The ports to try and where to begin: a random one continues after the last.
    private func candidates(_ request: PortRequest) -> (range: ClosedRange<UInt16>, first: UInt16) {
        if let range = request.hostPorts { return (range, range.lowerBound) }
        let last = lastEphemeral[request.transport] ?? ephemeral.upperBound
        return (ephemeral, last < ephemeral.upperBound ? last + 1 : ephemeral.lowerBound)
    }

    private mutating func takePort(
        _ port: UInt16, _ request: PortRequest, _ addresses: [IPAddress], _ target: IPAddress,
        _ bind: (SocketAddress, PortTransport) throws(SystemError) -> OwnedDescriptor
    ) throws(PortConflict) -> [Held] {
        for address in addresses {
            if let other = conflict(request.transport, address, port) { throw .allocated(other, port) }
        }
        var held: [Held] = []
        for address in addresses {
            do {
                let socket = try bind(SocketAddress(address, port), request.transport)
                held.append(
                    Held(
                        binding: PortBinding(
                            transport: request.transport, containerPort: request.containerPort,
                            hostAddress: address, hostPort: port),
                        socket: SharedDescriptor(socket)))
            } catch {
                throw .bindFailed(
                    request: request, target: target, address: address, port: port, error.code)
            }
        }
        for one in held { insert(one.binding) }
        return held
    }

    /// The address of a published port that stands in the way.
    private func conflict(_ transport: PortTransport, _ address: IPAddress, _ port: UInt16) -> IPAddress? {
        guard let others = taken[Key(transport: transport, isIPv6: address.isIPv6, port: port)] else {
            return nil
        }
        if others.contains(address) { return address }
        if let wildcard = others.first(where: \.isUnspecified) { return wildcard }
        return address.isUnspecified ? others.first : nil
    }

    /// Marks a port that a running container has from an earlier daemon.
    mutating func insert(_ binding: PortBinding) {
        let key = Key(
            transport: binding.transport, isIPv6: binding.hostAddress.isIPv6, port: binding.hostPort)
        taken[key, default: []].insert(binding.hostAddress)
    }

    mutating func release(_ binding: PortBinding) {
        let key = Key(
            transport: binding.transport, isIPv6: binding.hostAddress.isIPv6, port: binding.hostPort)
        taken[key]?.remove(binding.hostAddress)
        if taken[key]?.isEmpty == true { taken[key] = nil }
    }
}
