internal import AsyncPrimitives
internal import CDI
internal import DockerAPI
internal import EngineModel
internal import OCI

extension EngineServices {
    /// The devices of the Container Device Interface, as their files say now.
    func deviceCatalog() async -> DeviceCatalog {
        let directories = options.deviceDirectories
        return await archives.run { DeviceCatalog(directories: directories) }
    }

    /// `spec` with the devices that `--device vendor.com/class=name` asks for, and the groups that those need.
    func injectDevices(
        _ requests: [DeviceRequest], into spec: RuntimeSpec
    ) async throws -> (RuntimeSpec, groups: [UInt32]) {
        let names = requests.filter { $0.driver == "cdi" }.flatMap { $0.deviceIDs ?? [] }
        if names.isEmpty { return (spec, []) }
        let catalog = await deviceCatalog()
        var changed = spec
        do {
            let groups = try catalog.inject(names, into: &changed)
            return (changed, groups)
        } catch {
            throw EngineError(.system, "CDI device injection failed: \(error)", cause: error)
        }
    }
}
