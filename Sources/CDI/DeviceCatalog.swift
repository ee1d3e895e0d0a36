internal import Linux
public import OCI

/// The devices that the specifications in some directories define, as they are at one moment.
public struct DeviceCatalog: Sendable {
    /// Where administrators and drivers put specifications.
    public static let standardDirectories = ["/etc/cdi", "/var/run/cdi"]

    private static let maximumFileBytes = 4 << 20
    private static let maximumFiles = 1000

    private struct Entry {
        let spec: DeviceSpec
        let path: String
        /// The place of its directory: the later one counts.
        let rank: Int
    }

    private var entries: [QualifiedDeviceName: Entry] = [:]
    /// Files that are not used, or not for all their devices, with the reason; by path.
    public private(set) var faults: [String: String] = [:]

    /// Reads all files that end in `.json` or `.yaml` in `directories`; those that are missing have none.
    ///
    /// Blocks while files are read.
    public init(directories: [String]) {
        var conflicts: Set<QualifiedDeviceName> = []
        var files = 0
        for (rank, directory) in directories.enumerated() {
            for name in ((try? listDirectory(directory)) ?? []).sorted()
            where name.hasSuffix(".json") || name.hasSuffix(".yaml") {
                let path = "\(directory)/\(name)"
                files += 1
                if files > Self.maximumFiles {
                    faults[path] = "failed to load CDI Spec: more than \(Self.maximumFiles) files"
                    return
                }
                guard let spec = read(path) else { continue }
                for device in spec.devices.keys {
                    let name = QualifiedDeviceName(kind: spec.kind, device: device)
                    if let other = entries[name], other.rank == rank {
                        conflicts.insert(name)
                        let words = "conflicting device \"\(name)\" (specs \"\(path)\", \"\(other.path)\")"
                        faults[path] = words
                        faults[other.path] = words
                        continue
                    }
                    conflicts.remove(name)
                    entries[name] = Entry(spec: spec, path: path, rank: rank)
                }
            }
        }
        for name in conflicts { entries[name] = nil }
    }

    /// The names of all devices, sorted.
    public var names: [String] { entries.keys.map(\.description).sorted() }

    /// Changes `spec` so that the container has the devices `names`, and returns the groups that they need.
    ///
    /// One that no specification has is an error in Docker's words.
    public func inject(_ names: [String], into spec: inout RuntimeSpec) throws(CDIError) -> [UInt32] {
        var unknown: [String] = []
        var edits = ContainerEdits()
        var seenSpecs: Set<String> = []
        for name in names {
            guard let qualified = QualifiedDeviceName(name), let entry = entries[qualified],
                let own = entry.spec.devices[qualified.device]
            else {
                unknown.append(name)
                continue
            }
            if seenSpecs.insert(entry.path).inserted { edits.append(entry.spec.edits) }
            edits.append(own)
        }
        if !unknown.isEmpty {
            throw CDIError("unresolvable CDI devices \(unknown.joined(separator: ", "))")
        }
        try edits.apply(to: &spec)
        return edits.additionalGroups
    }

    private mutating func read(_ path: String) -> DeviceSpec? {
        if isDirectory(path) { return nil }
        do throws(SystemError) {
            let file = try openFile(path, [.readOnly, .nonBlocking])
            let text = try readAll(file.rawValue, limitBytes: Self.maximumFileBytes)
            do throws(CDIError) { return try DeviceSpec(text, path: path) } catch {
                faults[path] = "failed to load CDI Spec \(error)"
            }
        } catch {
            faults[path] = "failed to load CDI Spec \(error)"
        }
        return nil
    }
}
