internal import AsyncPrimitives
internal import EngineModel
internal import Linux
internal import Logging
internal import Netlink

extension DefaultNetwork {
    /// Takes over what an earlier daemon left: `running` are the containers that live, each with a process in
    /// it.
    ///
    /// Their ports are reserved and relayed again, and an interface that is missing is made anew. Everything
    /// else of ours (records, interfaces, map elements) is removed. A container that lives without a record
    /// is not of this network. Call it once, after ``start()``.
    public func adopt(running: [String: Int32]) async throws {
        let bridge = try requireBridge()
        for id in live.keys where running[id] == nil { await release(containerID: id) }
        let kernel = kernel
        let present = try await worker.run { try kernel.bridgePorts(bridge) }
        for (id, one) in live {
            if !present.contains(one.endpoint.hostInterface), let pid = running[id] {
                await rewire(one.endpoint, pid: pid, bridge)
            }
            live[id]?.held = reserveAgain(one.endpoint)
            startRelays(id)
        }
        let own = Set(live.values.map(\.endpoint.hostInterface))
        for name in present.subtracting(own) where Self.isOurs(name) { departed.insert(name) }
        await removeDeparted()
    }

    private func rewire(_ endpoint: Endpoint, pid: Int32, _ bridge: BridgeState) async {
        let (kernel, logger) = (kernel, logger)
        let others = live.values.map(\.endpoint).filter { $0.containerID != endpoint.containerID }
        await worker.run {
            do {
                if try kernel.returnToBridge(endpoint.hostInterface, bridge) { return }
                let namespace = try openNetworkNamespace(ofProcess: pid)
                try kernel.unpublish(endpoint, bridge: bridge)
                try kernel.connect(endpoint, namespace: namespace.rawValue, bridge: bridge, others: others)
                logger.warning(
                    "network interface of a running container was made anew",
                    metadata: ["container": "\(endpoint.containerID)"])
            } catch {
                logger.error(
                    "running container has no network",
                    metadata: ["container": "\(endpoint.containerID)", "error": "\(error)"])
            }
        }
    }

    /// Binds the sockets of the ports that `endpoint` has; one that is taken meanwhile works on by the rules
    /// alone.
    private func reserveAgain(_ endpoint: Endpoint) -> [PortTable.Held] {
        endpoint.bindings.compactMap { binding in
            do {
                let socket = try kernel.access.within { () throws(SystemError) in
                    SharedDescriptor(
                        try listenInternet(
                            binding.hostEnd, kind: binding.transport == .udp ? .datagram : .stream))
                }
                return PortTable.Held(binding: binding, socket: socket)
            } catch {
                logger.warning(
                    "published port could not be reserved again",
                    metadata: ["container": "\(endpoint.containerID)", "error": "\(error)"])
                return nil
            }
        }
    }

    /// Whether `name` is one of the names that are given to host ends: `veth` and seven hexadecimal digits.
    private static func isOurs(_ name: String) -> Bool {
        name.utf8.count == 11 && name.hasPrefix("veth") && name.dropFirst(4).allSatisfy(\.isHexDigit)
    }
}

extension NetworkKernel {
    /// Makes an interface that has lost its bridge a port again; false if there is no such interface.
    func returnToBridge(_ name: String, _ bridge: BridgeState) throws -> Bool {
        try withSockets { route, _, _ in
            guard try route.link(named: name) != nil else { return false }
            try route.perform([LinkRequest.change(name: name, up: true, master: bridge.index)])
            return true
        }
    }

    /// Brings the loopback interface of `namespace` up, which is all that a container without a network has.
    func bringUpLoopback(_ namespace: Int32) throws {
        try access.openSocket(.route, namespace).perform([LinkRequest.bringUp(index: 1)])
    }
}
