internal import Linux
public import OCI

/// What a device, or a whole specification, changes in a container.
public struct ContainerEdits: Sendable, Hashable {
    public struct DeviceNode: Sendable, Hashable {
        public var path = ""
        public var hostPath = ""
        public var type = ""
        public var major: Int64?
        public var minor: Int64?
        public var fileMode: UInt32?
        public var permissions = ""
        public var userID: UInt32?
        public var groupID: UInt32?
    }

    public struct Mount: Sendable, Hashable {
        public var hostPath = ""
        public var containerPath = ""
        public var type = ""
        public var options: [String] = []
    }

    public struct Hook: Sendable, Hashable {
        public var name = ""
        public var path = ""
        public var arguments: [String] = []
        public var environment: [String] = []
        public var timeoutSeconds: Int?
    }

    public var environment: [String] = []
    public var deviceNodes: [DeviceNode] = []
    public var mounts: [Mount] = []
    public var hooks: [Hook] = []
    public var additionalGroups: [UInt32] = []
    /// Whether it asks for Intel's cache and memory bandwidth allocation.
    public var hasResourceDirector = false

    public init() {}

    /// Whether it changes nothing.
    var isEmpty: Bool { self == ContainerEdits() }

    /// The points of a container's life that hooks may name, as the runtime specification calls them.
    static let hookNames: Set<String> = [
        "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
    ]

    /// What is wrong with it; nil if nothing is.
    var fault: String? {
        if let fault = Self.fault(ofEnvironment: environment) { return fault }
        for node in deviceNodes {
            if node.path.isEmpty { return "invalid (empty) device path" }
            if !["", "b", "c", "u", "p"].contains(node.type) {
                return "device \"\(node.path)\": invalid type \"\(node.type)\""
            }
            for letter in node.permissions where !"rwm".contains(letter) {
                return "device \"\(node.path)\": invalid permissions \"\(node.permissions)\""
            }
        }
        for hook in hooks {
            if !Self.hookNames.contains(hook.name) { return "invalid hook name \"\(hook.name)\"" }
            if hook.path.isEmpty { return "invalid hook \"\(hook.name)\" with empty path" }
            if let fault = Self.fault(ofEnvironment: hook.environment) {
                return "invalid hook \"\(hook.name)\": \(fault)"
            }
        }
        for mount in mounts {
            if mount.hostPath.isEmpty { return "invalid mount, empty host path" }
            if mount.containerPath.isEmpty { return "invalid mount, empty container path" }
        }
        return nil
    }

    private static func fault(ofEnvironment variables: [String]) -> String? {
        variables.first { !$0.contains("=") || $0.hasPrefix("=") }.map {
            "invalid environment variable \"\($0)\""
        }
    }

    /// Adds what `other` changes.
    mutating func append(_ other: ContainerEdits) {
        environment += other.environment
        deviceNodes += other.deviceNodes
        mounts += other.mounts
        hooks += other.hooks
        for group in other.additionalGroups where !additionalGroups.contains(group) {
            additionalGroups.append(group)
        }
        hasResourceDirector = hasResourceDirector || other.hasResourceDirector
    }

    /// Carries the changes out; those of nodes need the host's devices to be there.
    ///
    /// The groups are left to the caller, who looks users up.
    public func apply(to spec: inout RuntimeSpec) throws(CDIError) {
        if hasResourceDirector {
            throw CDIError("failed to inject devices: Intel RDT (intelRdt) is not supported by berth")
        }
        for variable in environment {
            let name = variable.prefix { $0 != "=" }
            spec.process?.env.removeAll { $0.prefix { $0 != "=" } == name }
            spec.process?.env.append(variable)
        }
        for node in deviceNodes {
            let device = try node.device()
            spec.linux?.devices.removeAll { $0.path == device.path }
            spec.linux?.devices.append(device)
            if device.type == "b" || device.type == "c" {
                var resources = spec.linux?.resources ?? RuntimeSpec.Resources()
                resources.devices.append(
                    .init(
                        allow: true, type: device.type, major: device.major, minor: device.minor,
                        access: node.permissions.isEmpty ? "rwm" : node.permissions))
                spec.linux?.resources = resources
            }
        }
        for mount in mounts {
            var options = mount.options
            let isBind = options.contains("bind") || options.contains("rbind")
            if mount.type.isEmpty && !isBind { options.append("rbind") }
            spec.mounts.removeAll { $0.destination == mount.containerPath }
            spec.mounts.append(
                .init(
                    destination: mount.containerPath,
                    type: isBind || mount.type.isEmpty ? "bind" : mount.type, source: mount.hostPath,
                    options: options))
        }
        if !mounts.isEmpty { spec.mounts = RuntimeSpec.Mount.shallowFirst(spec.mounts) }
        if !hooks.isEmpty {
            var all = spec.hooks ?? RuntimeSpec.Hooks()
            for hook in hooks { hook.add(to: &all) }
            spec.hooks = all
        }
    }
}

extension ContainerEdits.DeviceNode {
    /// The node with what it does not say looked up on the host.
    fileprivate func device() throws(CDIError) -> RuntimeSpec.Device {
        var found = RuntimeSpec.Device(
            path: path, type: type, major: major ?? 0, minor: minor ?? 0, fileMode: fileMode, uid: userID,
            gid: groupID)
        if type == "p" || (!type.isEmpty && major != nil && minor != nil) { return found }
        let source = hostPath.isEmpty ? path : hostPath
        func failure(_ reason: String) -> CDIError {
            CDIError("failed to inject devices: failed to stat CDI host device \"\(source)\": \(reason)")
        }
        let node: Linux.DeviceNode?
        do { node = try Linux.DeviceNode(at: source) } catch { throw failure(error.code.reason) }
        guard let node else { throw failure("not a device node") }
        let kind = node.isBlock ? "b" : "c"
        if !type.isEmpty && type != kind && !(type == "u" && kind == "c") {
            throw CDIError(
                "failed to inject devices: CDI device (\"\(path)\", \"\(source)\"), host type mismatch (\(type), \(kind))"
            )
        }
        found.type = kind
        found.major = node.major
        found.minor = node.minor
        if found.fileMode == nil { found.fileMode = node.mode }
        return found
    }
}

extension ContainerEdits.Hook {
    fileprivate func add(to hooks: inout RuntimeSpec.Hooks) {
        let hook = RuntimeSpec.Hook(
            path: path, args: arguments, env: environment, timeout: timeoutSeconds)
        switch name {
        case "prestart": hooks.prestart.append(hook)
        case "createRuntime": hooks.createRuntime.append(hook)
        case "createContainer": hooks.createContainer.append(hook)
        case "startContainer": hooks.startContainer.append(hook)
        case "poststart": hooks.poststart.append(hook)
        default: hooks.poststop.append(hook)
        }
    }
}

/// Why devices cannot be given to a container, or a specification cannot be used; Docker's words where it has any.
public struct CDIError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
