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

    /// `spec` with the devices that `--gpus` and `--device vendor.com/class=name` ask for, and the groups that those need.
    func injectDevices(
        _ requests: [DeviceRequest], into spec: RuntimeSpec
    ) async throws -> (RuntimeSpec, groups: [UInt32]) {
        var changed = spec
        var names: [String] = []
        for request in requests {
            if request.driver == "cdi" {
                names += request.deviceIDs ?? []
                continue
            }
            let wanted = request.capabilities ?? []
            guard request.driver.isEmpty || request.driver == "nvidia", let driver = GPUDriver(),
                let capabilities = GPUDriver.selected(wanted)
            else {
                let sets = wanted.map { "[" + $0.joined(separator: " ") + "]" }.joined(separator: " ")
                throw EngineError(
                    .system,
                    "could not select device driver \"\(request.driver)\" with capabilities: [\(sets)]")
            }
            try driver.add(request, capabilities, to: &changed)
        }
        if names.isEmpty { return (changed, []) }
        let catalog = await deviceCatalog()
        do {
            let groups = try catalog.inject(names, into: &changed)
            return (changed, groups)
        } catch {
            throw EngineError(.system, "CDI device injection failed: \(error)", cause: error)
        }
    }
}
