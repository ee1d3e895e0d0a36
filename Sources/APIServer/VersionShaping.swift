internal import DockerAPI
internal import OrderedJSON

// Older clients are sent what they know; the engine speaks the newest version only.

extension SystemInfo {
    func shaped(for version: APIVersion) -> SystemInfo {
        var info = self
        if version < APIVersion(1, 50) {
            info.discoveredDevices = nil
            info.bridgeNfIptables = bridgeNfIptables ?? false
            info.bridgeNfIp6tables = bridgeNfIp6tables ?? false
        } else {
            info.bridgeNfIptables = nil
            info.bridgeNfIp6tables = nil
        }
        if version < APIVersion(1, 49) {
            info.firewallBackend = nil
            for commit in [\SystemInfo.runcCommit, \.containerdCommit, \.initCommit] {
                let id = info[keyPath: commit].id
                info[keyPath: commit].expected = id.isEmpty ? nil : id
            }
        }
        if version < APIVersion(1, 46) { info.containerd = nil }
        if version < APIVersion(1, 44) {
            info.kernelMemory = true
            info.runtimes = runtimes.mapValues { runtime in
                var runtime = runtime
                runtime.status = nil
                return runtime
            }
        }
        if version < APIVersion(1, 25) {
            // "name=seccomp,profile=builtin" was "seccomp" once.
            info.securityOptions = securityOptions.map { option in
                guard option.hasPrefix("name=") else { return option }
                return String(option.dropFirst(5).prefix { $0 != "," })
            }
        }
        return info
    }
}

extension ImageSummary {
    func shaped(for version: APIVersion) -> ImageSummary {
        var image = self
        image.virtualSize = version < APIVersion(1, 44) ? size : nil
        return image
    }
}

extension DiskUsage {
    func shaped(for version: APIVersion) -> DiskUsage {
        var usage = self
        usage.images = images?.map { $0.shaped(for: version) }
        usage.builderSize = version < APIVersion(1, 42) ? builderSize ?? 0 : nil
        return usage
    }
}

extension ImageInspect {
    /// The document for a version; the members of `Config` are sorted, as dockerd's are.
    func document(for version: APIVersion) throws -> JSONValue {
        var image = self
        image.virtualSize = version < APIVersion(1, 44) ? size : nil
        var document = try JSONValue(encoding: image)
        guard var object = document.objectValue, var config = object["Config"]?.objectValue else {
            return document
        }
        if version < APIVersion(1, 50) {
            for name in ["AttachStderr", "AttachStdin", "AttachStdout", "OpenStdin", "StdinOnce", "Tty"] {
                config[name] = false
            }
            for name in ["Domainname", "Hostname", "Image"] { config[name] = "" }
        }
        config.members.sort { $0.key < $1.key }
        if var health = config["Healthcheck"]?.objectValue {
            health.members.sort { $0.key < $1.key }
            config["Healthcheck"] = .object(health)
        }
        object["Config"] = .object(config)
        document = .object(object)
        return document
    }
}
