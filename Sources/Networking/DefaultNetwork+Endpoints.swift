internal import AsyncPrimitives
internal import EngineModel
public import Linux
internal import Logging
internal import Netlink
internal import StateStore

extension DefaultNetwork {
    /// Gives a container that is about to start its address, hardware address and host ports.
    ///
    /// All or nothing: afterwards the sockets that hold the ports are bound and the record is written. A
    /// failure has Docker's words. Each successful call is to be followed by ``release(containerID:)`` in the
    /// end, whatever becomes of the start.
    public func allocate(
        containerID: String, name: String, mac: String? = nil, requestedIP: IPAddress? = nil,
        ports requests: [PortRequest] = []
    ) async throws -> Endpoint {
        if live[containerID] != nil { await release(containerID: containerID) }
        let bridge = try requireBridge()
        let hardwareAddress = try chooseHardwareAddress(mac)
        let address = try takeAddress(requestedIP, bridge)
        let endpointID = Hexadecimal.random(bytes: 32)
        let held: [PortTable.Held]
        do {
            held = try ports.take(requests, target: IPAddress(v4: address)) {
                [access = kernel.access] (end, transport) throws(SystemError) in
                try access.within { () throws(SystemError) in
                    try listenInternet(end, kind: transport == .udp ? .datagram : .stream)
                }
            }
        } catch {
            addresses?.release(address)
            let kind: EngineError.Kind = if case .notSupported = error { .notImplemented } else { .system }
            throw EngineError(
                kind,
                "failed to set up container networking: driver failed programming external connectivity on endpoint "
                    + "\(name) (\(endpointID)): \(error)", cause: error)
        }
        let endpoint = Endpoint(
            containerID: containerID, containerName: name, endpointID: endpointID,
            networkID: record?.bridgeID ?? "",
            address: IPAddress(v4: address), prefix: bridge.subnet.prefix,
            gateway: IPAddress(v4: bridge.gateway),
            hardwareAddress: hardwareAddress, hostInterface: "veth" + endpointID.prefix(7),
            bindings: held.map(\.binding))
        live[containerID] = Live(endpoint: endpoint, held: held)
        do {
            try await BlockingPool.shared.run { [endpointRecords] in
                // Containers do not outlive a loss of power, nor need their addresses.
                try endpointRecords.put(containerID, endpoint, durable: false)
            }
        } catch {
            forget(containerID)
            throw EngineError(
                .system, "failed to set up container networking: record endpoint \"\(name)\": \(error)",
                cause: error)
        }
        return endpoint
    }

    private func chooseHardwareAddress(_ wanted: String?) throws -> String {
        guard let wanted, !wanted.isEmpty else { return HardwareAddress.text(HardwareAddress.random()) }
        guard let bytes = HardwareAddress.parse(wanted) else {
            throw EngineError(.invalidParameter, "invalid MAC address: \(wanted)")
        }
        return HardwareAddress.text(bytes)
    }

    private func takeAddress(_ wanted: IPAddress?, _ bridge: BridgeState) throws -> UInt32 {
        if let wanted {
            guard let v4 = wanted.v4, bridge.subnet.contains(v4) else {
                throw EngineError(
                    .invalidParameter,
                    "failed to set up container networking: address \(wanted) is not in subnet \(bridge.subnet)"
                )
            }
            guard addresses?.take(v4) == true else {
                throw EngineError(.system, "failed to set up container networking: Address already in use")
            }
            return v4
        }
        guard let address = addresses?.take() else {
            throw EngineError(
                .unavailable,
                "failed to set up container networking: no available IPv4 addresses on this network's address pools: "
                    + "bridge (\(bridge.subnet))")
        }
        return address
    }

    /// Wires `endpoint` into the container's network namespace: `eth0` with its address and route, loopback,
    /// ports.
    ///
    /// About a millisecond. The descriptor stays the caller's and is not needed afterwards. On failure the
    /// namespace and the host are as before, and the endpoint waits for ``release(containerID:)``.
    public func connect(_ endpoint: Endpoint, netnsDescriptor: Int32) async throws {
        let bridge = try requireBridge()
        let id = endpoint.containerID
        guard live[id]?.endpoint.endpointID == endpoint.endpointID else {
            throw EngineError(
                .system, "connect container \"\(endpoint.containerName)\": its endpoint was released")
        }
        let others = live.values.filter(\.isConnected).map(\.endpoint)
        let kernel = kernel
        do {
            try await worker.run {
                try kernel.connect(endpoint, namespace: netnsDescriptor, bridge: bridge, others: others)
            }
        } catch {
            throw EngineError(
                .system,
                "failed to set up container networking: failed to create endpoint \(endpoint.containerName) "
                    + "on network bridge: \(error)", cause: error)
        }
        guard live[id]?.endpoint.endpointID == endpoint.endpointID else {
            await disconnect(endpoint, bridge)
            throw EngineError(
                .system, "connect container \"\(endpoint.containerName)\": its endpoint was released")
        }
        live[id]?.isConnected = true
        startRelays(id)
    }

    /// Lets the relay answer what reaches the reserving sockets.
    func startRelays(_ id: String) {
        guard let one = live[id] else { return }
        live[id]?.relays = one.held.map { held in
            proxy.serve(
                held.socket, held.binding.transport == .udp ? .datagram : .stream,
                target: SocketAddress(one.endpoint.address, held.binding.containerPort))
        }
    }

    /// Takes back everything that a container has in the network; what is gone already is no failure.
    public func release(containerID: String) async {
        guard let one = live.removeValue(forKey: containerID) else { return }
        await proxy.stop(one.relays)
        if let bridge, one.isConnected { await disconnect(one.endpoint, bridge) }
        let (endpointRecords, logger) = (endpointRecords, logger)
        await BlockingPool.shared.run {
            do { try endpointRecords.remove(containerID, durable: false) } catch {
                logger.error(
                    "endpoint record was not removed",
                    metadata: ["container": "\(containerID)", "error": "\(error)"])
            }
        }
        forgetBooks(of: one)
    }

    /// Keeps the name of a container in the network's descriptions up to date.
    public func rename(containerID: String, to name: String) async {
        guard live[containerID] != nil else { return }
        live[containerID]?.endpoint.containerName = name
        guard let endpoint = live[containerID]?.endpoint else { return }
        try? await BlockingPool.shared.run { [endpointRecords] in
            try endpointRecords.put(containerID, endpoint, durable: false)
        }
    }

    private func forget(_ id: String) {
        if let one = live.removeValue(forKey: id) { forgetBooks(of: one) }
    }

    /// Frees the address and the ports; the sockets close with their last reference.
    private func forgetBooks(of one: Live) {
        for binding in one.endpoint.bindings { ports.release(binding) }
        if let v4 = one.endpoint.address.v4 { addresses?.release(v4) }
    }

    /// Takes the ports out of the rules; the interface follows in a moment.
    private func disconnect(_ endpoint: Endpoint, _ bridge: BridgeState) async {
        let (kernel, logger) = (kernel, logger)
        await worker.run {
            do { try kernel.unpublish(endpoint, bridge: bridge) } catch {
                logger.error(
                    "published ports were not taken out of the rules",
                    metadata: ["container": "\(endpoint.containerID)", "error": "\(error)"])
            }
        }
        departed.insert(endpoint.hostInterface)
        if sweep == nil {
            sweep = Task { [weak self] in
                try? await Task.sleep(for: .milliseconds(250))
                await self?.removeDeparted()
            }
        }
    }

    /// Deletes the interfaces of containers that have gone, where the kernel has not done so with their
    /// namespaces.
    ///
    /// Deleting one takes the kernel ten milliseconds and more, in which nobody can change any interface: so
    /// it is left to the end of the namespace, which takes many together, and seen to a moment later.
    func removeDeparted() async {
        sweep = nil
        let names = departed
        departed = []
        if names.isEmpty { return }
        let (kernel, logger) = (kernel, logger)
        await worker.run {
            for name in names {
                do { try kernel.removeInterface(name) } catch {
                    logger.error(
                        "interface was not removed", metadata: ["interface": "\(name)", "error": "\(error)"])
                }
            }
        }
    }
}
