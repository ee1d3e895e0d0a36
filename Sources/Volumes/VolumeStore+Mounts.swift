internal import EngineModel
internal import Linux
internal import Logging
internal import Synchronization

/// The mount on one volume's directory, and who needs it.
///
/// The lock is held through `mount(2)` and `umount(2)`, so that one server that does not answer holds up nothing but
/// its own volume.
final class VolumeMount: Sendable {
    struct State {
        var isMounted = false
        /// Containers that run with it, and shorter uses, each by a name of its own.
        var holders: Set<String> = []
    }

    let state = Mutex(State())
}

extension VolumeStore {
    /// Whether the volume `name` is there to use only between ``hold(_:for:)`` and ``release(_:by:)``.
    public func needsMount(_ name: String) -> Bool {
        known.withLock { $0[name] }.flatMap { LocalDriverOptions($0.options) } != nil
    }

    /// Mounts what the volume's options ask for, unless somebody holds it already; `holder` holds it from now on.
    ///
    /// May take as long as a file server takes to answer.
    public func hold(_ name: String, for holder: String) throws {
        guard let options = LocalDriverOptions(try get(name).options) else { return }
        try mount(of: name).state.withLock { state in
            if !state.isMounted {
                try options.mount(on: path(name))
                state.isMounted = true
            }
            state.holders.insert(holder)
        }
    }

    /// Ends a hold; after the last one nothing is mounted any more. Who holds nothing, changes nothing.
    public func release(_ name: String, by holder: String) {
        guard let mount = mounts.withLock({ $0[name] }) else { return }
        mount.state.withLock { state in
            guard state.holders.remove(holder) != nil, state.holders.isEmpty else { return }
            unmount(name, &state)
        }
    }

    /// Takes note, without a look at the volume, that `holder` ran with it under an earlier daemon.
    public func adopt(_ name: String, for holder: String) {
        guard needsMount(name) else { return }
        mount(of: name).state.withLock { _ = $0.holders.insert(holder) }
    }

    /// Unmounts what an earlier daemon mounted and nobody holds now.
    public func clearMounts() {
        for (name, mount) in mounts.withLock({ $0 }) {
            mount.state.withLock { state in
                if state.holders.isEmpty { unmount(name, &state) }
            }
        }
    }

    /// Finds what an earlier daemon mounted on volumes' directories.
    func findMounts() throws {
        for point in try MountTableEntry.ofThisProcess() where point.path.hasPrefix(root + "/") {
            let parts = point.path.dropFirst(root.count + 1).split(separator: "/")
            guard parts.count == 2, parts[1] == "_data" else { continue }
            mount(of: String(parts[0])).state.withLock { $0.isMounted = true }
        }
    }

    /// Refuses while something is mounted that cannot be unmounted: its files are not the volume's.
    func endMount(_ name: String) throws {
        guard let mount = mounts.withLock({ $0[name] }) else { return }
        let isFree = mount.state.withLock { state in
            if state.holders.isEmpty { unmount(name, &state) }
            return !state.isMounted
        }
        guard isFree else {
            throw EngineError(
                .conflict, "remove \(name): volume is in use: \"\(path(name))\" is mounted and busy")
        }
        mounts.withLock { $0[name] = nil }
    }

    private func mount(of name: String) -> VolumeMount {
        mounts.withLock { mounts in
            if let found = mounts[name] { return found }
            let mount = VolumeMount()
            mounts[name] = mount
            return mount
        }
    }

    /// One that is busy stays for the next holder, and the next try.
    private func unmount(_ name: String, _ state: inout VolumeMount.State) {
        guard state.isMounted else { return }
        do {
            try unmountFileSystem(path(name))
            state.isMounted = false
        } catch {
            logger.warning("volume not unmounted", metadata: ["volume": "\(name)", "error": "\(error)"])
        }
    }
}
