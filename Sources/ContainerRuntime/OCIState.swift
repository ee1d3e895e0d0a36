internal import Cgroups
internal import FoundationEssentials
internal import Linux
internal import OCI

/// What an OCI command leaves in `ROOT/ID/state.json` for the next one.
struct OCIState: Codable {
    static let currentVersion = 1

    var version = OCIState.currentVersion
    var id: String
    var pid: Int32 = 0
    /// Field 22 of `/proc/PID/stat`, against recycled pids.
    var startTime: UInt64 = 0
    var bundle: String
    /// The bundle's configuration as it was at create.
    var spec: RuntimeSpec
    /// RFC 3339, UTC.
    var created: String
    var cgroupPath: String

    enum Status: String { case creating, created, running, paused, stopped }

    var rootPath: String {
        let path = spec.root?.path ?? "rootfs"
        return path.hasPrefix("/") ? path : bundle + "/" + path
    }

    /// The state as the runtime specification defines it: what hooks read.
    func document(_ status: Status) -> OutputJSON {
        var members: [(String, OutputJSON)] = [
            ("ociVersion", .string(spec.ociVersion)), ("id", .string(id)),
            ("status", .string(status.rawValue)),
        ]
        if status != .stopped { members.append(("pid", .number(Int64(pid)))) }
        members.append(("bundle", .string(bundle)))
        if !spec.annotations.isEmpty { members.append(("annotations", .map(spec.annotations))) }
        return .object(members)
    }

    /// The state as `runc state` prints it.
    func summary(_ status: Status) -> OutputJSON {
        var members: [(String, OutputJSON)] = [
            ("ociVersion", .string(spec.ociVersion)), ("id", .string(id)),
            ("pid", .number(status == .stopped ? 0 : Int64(pid))), ("status", .string(status.rawValue)),
            ("bundle", .string(bundle)), ("rootfs", .string(rootPath)), ("created", .string(created)),
        ]
        if !spec.annotations.isEmpty { members.append(("annotations", .map(spec.annotations))) }
        members.append(("owner", .string("root")))
        return .object(members)
    }
}

/// The containers below one `--root`.
struct OCIStore {
    let root: String

    static func check(id: String) throws(OCIFailure) {
        let isKnown = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isKnown, !id.isEmpty, id != ".", id != "..", id.utf8.count <= 1024 else {
            throw OCIFailure("invalid container ID format: \"\(id)\": letters, digits and _ + - . only")
        }
    }

    func directory(_ id: String) -> String { root + "/" + id }
    func fifo(_ id: String) -> String { directory(id) + "/exec.fifo" }

    func save(_ state: OCIState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try replaceFile(directory(state.id) + "/state.json", Array(try encoder.encode(state)), mode: 0o600)
    }

    func load(_ id: String) throws -> OCIState {
        try Self.check(id: id)
        let bytes: [UInt8]
        do {
            bytes = try readFile(directory(id) + "/state.json")
        } catch {
            if error.code == .noEntry { throw OCIFailure("container does not exist") }
            throw error
        }
        do {
            return try JSONDecoder().decode(OCIState.self, from: Data(bytes))
        } catch {
            throw OCIFailure(
                "read state of container \"\(id)\": \(directory(id))/state.json is damaged: \(error)")
        }
    }

    func all() throws -> [OCIState] {
        guard fileExists(root) else { return [] }
        return try listDirectory(root).sorted().compactMap { try? load($0) }
    }

    /// What the kernel says of the container now.
    func status(_ state: OCIState) throws -> OCIState.Status {
        guard let process = OCIProcess(state.pid), process.startTime == state.startTime, !process.isDead
        else {
            return .stopped
        }
        if fileExists(fifo(state.id)) { return .created }
        let group = try? Cgroup(layout: CgroupLayout.detect(), path: state.cgroupPath)
        if (try? group?.isFrozen()) == true { return .paused }
        return .running
    }
}

/// What `/proc/PID/stat` says of a process.
struct OCIProcess {
    var isDead: Bool
    var startTime: UInt64

    init?(_ pid: Int32) {
        guard pid > 0, let text = try? readText("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let start = UInt64(fields[19]) else { return nil }
        isDead = ["Z", "X"].contains(fields[0])
        startTime = start
    }
}

/// The bundle's configuration, checked as far as a runtime can before it starts.
func loadBundle(_ bundle: String) throws -> RuntimeSpec {
    let path = bundle + "/config.json"
    let bytes: [UInt8]
    do {
        bytes = try readFile(path)
    } catch {
        if error.code == .noEntry { throw OCIFailure("JSON specification file \(path) not found") }
        throw error
    }
    let spec: RuntimeSpec
    do {
        spec = try JSONDecoder().decode(RuntimeSpec.self, from: Data(bytes))
    } catch {
        throw OCIFailure("read \"\(path)\": \(jsonWords(error))")
    }
    guard spec.ociVersion.hasPrefix("1.") else {
        throw OCIFailure("\"\(path)\": ociVersion \"\(spec.ociVersion)\" is not supported: must be 1.x")
    }
    guard spec.root != nil else { throw OCIFailure("\"\(path)\": root is required") }
    guard spec.linux != nil else { throw OCIFailure("\"\(path)\": linux is required") }
    return spec
}

/// Where in a JSON document decoding failed, and why.
func jsonWords(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(
            separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context)): \(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        return place(context)
    @unknown default: return "\(error)"
    }
}
