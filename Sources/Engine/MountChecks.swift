internal import DockerAPI
internal import EngineModel
internal import Linux

/// What is looked at when a container starts: its mounts lead somewhere, and can be what was asked for.
enum MountChecks {
    /// Makes the sources that `-v` makes, and refuses what Docker refuses at a start, in its words.
    ///
    /// The host's mounts are read, which takes half a millisecond, only where a propagation depends on them.
    static func prepare(_ mounts: [ContainerMount], table: @autoclosure () -> MountTable) throws {
        for mount in mounts {
            switch mount.kind {
            case .bind:
                try checkBind(mount)
                if MountTable.isAsked(mount.propagation) {
                    try table().check(mount.source, allows: mount.propagation)
                }
            case .tmpfs: try checkOptions(mount.options)
            case .volume: try checkSubpath(mount)
            case .image: break
            }
        }
    }

    private static func checkBind(_ mount: ContainerMount) throws {
        func conflict(_ what: String) -> EngineError {
            EngineError(.system, "mount options conflict: \(what)")
        }
        let isForced = mount.readOnlyForceRecursive == true
        if mount.readOnlyNonRecursive && !mount.isReadOnly {
            throw conflict("!ReadOnly && BindOptions.ReadOnlyNonRecursive")
        }
        if isForced && !mount.isReadOnly { throw conflict("!ReadOnly && BindOptions.ReadOnlyForceRecursive") }
        if isForced && mount.readOnlyNonRecursive {
            throw conflict("ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive")
        }
        if mount.source.isEmpty { return }
        if !fileExists(mount.source) {
            guard mount.createSource else {
                throw EngineError(
                    .invalidParameter,
                    "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)"
                )
            }
            try makeDirectories(mount.source)
        }
    }

    /// The options of a `--tmpfs`: those of `mount(8)`.
    private static func checkOptions(_ options: [String]) throws {
        let flags: Set<String> = [
            "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync",
            "mand",
            "nomand", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime",
            "nostrictatime", "remount", "bind", "rbind", "unbindable", "runbindable", "defaults", "private",
            "rprivate", "slave", "rslave", "shared", "rshared",
        ]
        let settings: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]
        for option in options {
            let name = String(option.prefix { $0 != "=" })
            let isKnown = option.contains("=") ? settings.contains(name) : flags.contains(name)
            if !isKnown { throw EngineError(.system, "invalid tmpfs option \"\(option)\"") }
        }
    }

    /// The part of a volume has to be there, inside the volume whatever links lie in it.
    private static func checkSubpath(_ mount: ContainerMount) throws {
        guard let subpath = mount.subpath else { return }
        do throws(SystemError) {
            let root = try openFile(mount.source, [.path, .directory])
            _ = try openConfined(root: root.rawValue, subpath, .path)
        } catch {
            throw EngineError(
                .system,
                "cannot access path \(mount.source)/\(subpath): lstat \(mount.source)/\(subpath): "
                    + error.code.reason, cause: error)
        }
    }
}

/// The mounts of this host by their places, with how each spreads to its peers.
struct MountTable {
    private let points: [MountTableEntry]

    /// Reads the lines of `/proc/PID/mountinfo`; see `proc(5)`.
    init(mountinfo: String) { points = MountTableEntry.all(inMountinfo: mountinfo) }

    private init(_ points: [MountTableEntry]) { self.points = points }

    static func ofHost() -> MountTable { MountTable((try? MountTableEntry.ofThisProcess()) ?? []) }

    /// Whether a propagation needs the mount below it to pass something on.
    static func isAsked(_ propagation: String) -> Bool {
        propagation.hasSuffix("shared") || propagation.hasSuffix("slave")
    }

    /// Refuses a propagation that the mount below `source` cannot pass on, in Docker's words.
    func check(_ source: String, allows propagation: String) throws {
        let wantsPeers = propagation.hasSuffix("shared")
        guard Self.isAsked(propagation) else { return }
        // Of two mounts at one place the later one covers the other.
        let holder = points.enumerated().filter { entry in
            let path = entry.element.path
            return path == "/" || source == path || source.hasPrefix(path + "/")
        }.max { left, right in
            let lengths = (left.element.path.utf8.count, right.element.path.utf8.count)
            return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.offset < right.offset
        }?.element
        guard let holder else { return }
        if wantsPeers ? holder.isShared : holder.isShared || holder.isSlave { return }
        throw EngineError(
            .system,
            "path \(source) is mounted on \(holder.path) but it is not a "
                + (wantsPeers ? "shared mount" : "shared or slave mount"))
    }
}
