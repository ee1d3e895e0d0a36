internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI
internal import RuntimeClient
internal import Snapshots
internal import SupervisorProtocol

extension ContainerActor {
    /// What a view of the container's files shows.
    enum FileScope { case withMounts, rootOnly }

    /// The container's files to read from; it may start, stop and go away while they are read.
    func filesToRead(_ scope: FileScope) async throws -> RootView {
        await gate.enter()
        defer { gate.leave() }
        if scope == .withMounts, !record.lifecycle.isRunning, record.lifecycle.started == nil,
            record.mounts.contains(where: { $0.kind != .tmpfs })
        {
            // It has never run: the places of its mounts are still to be made.
            _ = try await view(scope, writable: true)
        }
        return try await view(scope, writable: false)
    }

    /// Runs `body` with the container's files to write to; one that does not run is not started meanwhile.
    func withFilesToWrite(_ body: @Sendable (RootView) async throws -> Void) async throws {
        await gate.enter()
        if record.lifecycle.isRunning {
            let view: RootView
            do { view = try await self.view(.withMounts, writable: true) } catch {
                gate.leave()
                throw error
            }
            gate.leave()
            return try await body(view)
        }
        defer { gate.leave() }
        try await body(try await view(.withMounts, writable: true))
    }

    private func view(_ scope: FileScope, writable: Bool) async throws -> RootView {
        if record.lifecycle.phase == .removing { throw removalInProgress }
        let services = services
        var mounts: [RuntimeSpec.Mount] = []
        // A view has mounts of its own: what they show is held until they are made.
        let holder = "view \(ContainerIdentity.randomHex(bytes: 8))"
        defer { if scope == .withMounts { releaseVolumesSoon(by: holder) } }
        if scope == .withMounts {
            try await holdVolumes(for: holder)
            let wanted = SpecBuilder.userMounts(
                record, systemFiles: services.systemFiles(of: record), imageLayers: try imageLayers()
            ).map(Self.privately)
            // A source that has gone hides nothing.
            mounts = await services.archives.run {
                wanted.filter { $0.type != "bind" || fileExists($0.source ?? "") }
            }
        }
        if record.lifecycle.isRunning, let namespace = runningMounts() {
            return try await open(ViewRequest(root: nil, mounts: mounts), namespace)
        }
        let directory = services.paths.container(id)
        let lower = try services.snapshots.lowerDirectories(for: record.layers) + [services.paths.baseLayer]
        let root: RootSource =
            writable
            ? .overlay(
                lower: lower, upper: directory + "/upper", work: directory + "/work",
                isVolatile: true)
            : .overlay(lower: [directory + "/upper"] + lower, upper: "", work: "")
        return try await open(ViewRequest(root: root, mounts: mounts.filter { $0.type != "tmpfs" }), nil)
    }

    /// A view is nobody's peer: what is mounted in it must not show on the host.
    private static func privately(_ mount: RuntimeSpec.Mount) -> RuntimeSpec.Mount {
        guard mount.type == "bind" else { return mount }
        var mount = mount
        let words = ["shared", "slave", "private", "unbindable"]
        mount.options.removeAll { option in words.contains { option == $0 || option == "r" + $0 } }
        mount.options.append("rprivate")
        return mount
    }

    private func open(_ request: ViewRequest, _ namespace: SharedDescriptor?) async throws -> RootView {
        do { return try await services.runtime.openView(request, container: namespace) } catch let error
            as StartFailure
        {
            throw EngineError(.system, error.message, cause: error)
        }
    }

    /// The mount namespace of the container's program; nil where it has just ended.
    private func runningMounts() -> SharedDescriptor? {
        let pid = record.lifecycle.pid
        guard let namespace = try? openFile("/proc/\(pid)/ns/mnt"),
            let started = try? processStartTime(pid), started == record.processStartTime
        else { return nil }
        return SharedDescriptor(namespace)
    }
}

extension EngineServices {
    /// The files that berth has written for the container, with the places that they are bound to.
    func systemFiles(of record: ContainerRecord) -> [(destination: String, source: String)] {
        var directory = paths.container(record.id)
        if case .container(let other) = record.networkMode, let id = try? registry.find(other).id {
            directory = paths.container(id)
        }
        return ["resolv.conf", "hostname", "hosts"].map { ("/etc/" + $0, directory + "/" + $0) }
    }
}
