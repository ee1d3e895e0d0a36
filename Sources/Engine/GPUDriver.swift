internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI

/// GPUs of `--gpus`, as dockerd gives them: variables that say which, and the hook of NVIDIA's container toolkit, which
/// puts devices and libraries into the container.
///
/// The driver is there where the hook is in the daemon's `PATH`.
struct GPUDriver {
    private static let hookName = "nvidia-container-runtime-hook"
    /// What a container may do with a GPU.
    private static let uses: Set<String> = ["compat32", "compute", "display", "graphics", "utility", "video"]

    private let hookPath: String

    /// Looks for the hook in the directories of `path`; nil where there is none.
    init?(path: String = environmentVariable("PATH") ?? "") {
        let found = path.split(separator: ":").map { "\($0)/\(Self.hookName)" }.first(where: isExecutable)
        guard let found else { return nil }
        hookPath = found
    }

    /// The first of the sets of capabilities in `wanted` that a GPU has; nil if it has none of them.
    static func selected(_ wanted: [[String]]) -> [String]? {
        wanted.first { set in set.allSatisfy { $0 == "gpu" || $0 == "nvidia" || uses.contains($0) } }
    }

    /// Changes `spec` so that the container has the GPUs of `request`, to be used as `capabilities` say.
    func add(_ request: DeviceRequest, _ capabilities: [String], to spec: inout RuntimeSpec) throws {
        let ids = request.deviceIDs ?? []
        if request.count != 0 && !ids.isEmpty {
            throw EngineError(.system, "cannot set both Count and DeviceIDs on device request")
        }
        let devices =
            if !ids.isEmpty {
                ids.joined(separator: ",")
            } else if request.count > 0 {
                (0..<min(request.count, 4096)).map(String.init).joined(separator: ",")
            } else {
                request.count < 0 ? "all" : "void"
            }
        var variables = ["NVIDIA_VISIBLE_DEVICES=\(devices)"]
        let wanted = capabilities.filter(Self.uses.contains)
        if !wanted.isEmpty {
            variables.append("NVIDIA_DRIVER_CAPABILITIES=\(wanted.joined(separator: ","))")
        }
        let environment = spec.process?.env ?? []
        spec.process?.env = SpecBuilder.merged(environment, with: variables)
        var hooks = spec.hooks ?? RuntimeSpec.Hooks()
        hooks.prestart.append(
            .init(path: hookPath, args: [Self.hookName, "prestart"], env: environmentVariables()))
        spec.hooks = hooks
    }
}
