internal import DockerAPI
internal import EngineModel
internal import Linux
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// Attaches a client: to the running program, or to the one that the next start brings.
    ///
    /// `reference` is what the client called the container.
    func attach(_ options: AttachOptions, reference: String) async throws -> (
        AsyncDescriptor, isTerminal: Bool
    )? {
        if record.lifecycle.phase == .removing { throw removalInProgress }
        if record.lifecycle.phase == .paused {
            throw EngineError(
                .conflict, "container \(reference) is paused, unpause the container before attach")
        }
        if record.lifecycle.phase == .restarting {
            throw EngineError(
                .conflict, "container \(reference) is restarting, wait until the container is running")
        }
        guard options.stream else { return nil }
        let streams = AttachStreams(
            stdin: options.stdin && record.config.openStdin, stdout: options.stdout, stderr: options.stderr)
        let (near, far) = try SocketPair(.stream).release()
        let stream = SharedDescriptor(OwnedDescriptor(adopting: far))
        let session = try AsyncDescriptor(OwnedDescriptor(adopting: near))
        if let process, record.lifecycle.isRunning {
            do {
                try await process.attach(streams, stream: stream)
            } catch is SupervisedContainer.SupervisorGone {
                // It has just ended: the client reads the end at once.
            }
        } else {
            guard pendingAttachments.count < 32 else {
                throw EngineError(
                    .conflict, "attach to container \(id): 32 clients wait for its start already")
            }
            pendingAttachments.append((streams, stream))
        }
        publish("attach")
        return (session, record.config.tty)
    }

    /// Notes that a client left by its detach keys.
    func noteDetach() { publish("detach") }
}
