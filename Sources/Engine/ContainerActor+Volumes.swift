internal import AsyncPrimitives
internal import Volumes

extension ContainerActor {
    /// The container's volumes that something is mounted on while they are used.
    private var mountedVolumes: Set<String> {
        Set(
            record.mounts.filter { $0.kind == .volume && services.volumes.needsMount($0.volume) }.map(
                \.volume))
    }

    /// Mounts what the options of the container's volumes ask for; `holder` holds them until it releases them.
    ///
    /// After a failure it holds none.
    func holdVolumes(for holder: String) async throws {
        let names = mountedVolumes.sorted()
        if names.isEmpty { return }
        let volumes = services.volumes
        try await services.archives.run {
            do {
                for name in names { try volumes.hold(name, for: holder) }
            } catch {
                for name in names { volumes.release(name, by: holder) }
                throw error
            }
        }
    }

    /// Ends a hold of the container's volumes; a file server that does not answer holds nobody up for long.
    func releaseVolumes(by holder: String) async {
        if let released = releaseVolumesSoon(by: holder) { _ = await released.value(within: .seconds(5)) }
    }

    /// Ends a hold of the container's volumes without waiting for it; nil where there is nothing to end.
    @discardableResult
    func releaseVolumesSoon(by holder: String) -> OneShot<Void>? {
        let names = mountedVolumes
        if names.isEmpty { return nil }
        let volumes = services.volumes
        let released = OneShot<Void>()
        services.archives.submit {
            for name in names { volumes.release(name, by: holder) }
            released.set(())
        }
        return released
    }
}
