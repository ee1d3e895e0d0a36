/// What a hang-up signal changes.
extension DaemonSettings {
    /// These settings with what `new` says of the ones that can change while the daemon runs.
    public func reloaded(_ new: DaemonSettings) -> DaemonSettings {
        var result = self
        result.logLevel = new.logLevel
        result.labels = new.labels
        result.shutdownTimeout = new.shutdownTimeout
        result.features = new.features
        result.runtimes = new.runtimes
        result.defaultRuntime = new.defaultRuntime
        result.registries.insecure = new.registries.insecure
        result.registries.mirrors = new.registries.mirrors
        result.registries.maximumDownloads = new.registries.maximumDownloads
        result.registries.maximumUploads = new.registries.maximumUploads
        result.registries.downloadAttempts = new.registries.downloadAttempts
        return result
    }

    /// What the daemon's `reload` event tells, in dockerd's names and forms.
    public var reloadAttributes: [String: String] {
        func quoted(_ items: [String]) -> String {
            "[" + items.map { SettingKind.quoted($0) }.joined(separator: ",") + "]"
        }
        return [
            "debug": "\(isDebugging)",
            "default-cgroupns-mode": containers.cgroupNamespace.isEmpty
                ? "private" : containers.cgroupNamespace,
            "default-ipc-mode": containers.ipcMode.isEmpty ? "private" : containers.ipcMode,
            "default-runtime": defaultRuntime,
            "default-shm-size": "\(containers.sharedMemoryBytes ?? 64 << 20)",
            "features": "map["
                + features.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " ")
                + "]",
            "insecure-registries": quoted(registries.insecure), "labels": quoted(labels),
            "live-restore": "true",
            "max-concurrent-downloads": "\(registries.maximumDownloads)",
            "max-concurrent-uploads": "\(registries.maximumUploads)",
            "max-download-attempts": "\(registries.downloadAttempts)",
            "registry-mirrors": quoted(registries.mirrors),
            "runtimes": runtimes.sorted { $0.key < $1.key }.map { name, runtime in
                name + ":" + ([runtime.path] + runtime.arguments).joined(separator: " ")
            }.joined(separator: ", "),
            "shutdown-timeout": "\(shutdownTimeout)",
        ]
    }
}
