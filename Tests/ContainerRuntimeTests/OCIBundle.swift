import Glibc
import Linux
import TestSupport
import Testing

/// A bundle with a busybox root, and a `--root` of its own, for one OCI runtime program.
final class OCIBundle {
    let runtime: String
    let folder: String
    var store: String { folder + "/store" }

    init(_ runtime: String) throws {
        self.runtime = runtime
        folder = "/dev/shm/berth-test-oci-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        for name in ["bin", "etc", "proc", "sys", "dev", "tmp"] {
            try makeDirectories("\(folder)/rootfs/\(name)")
        }
        let busybox = try readFile(RuntimeHarness.busybox ?? "")
        try writeFile(folder + "/rootfs/bin/busybox", busybox, mode: 0o755)
        for name in RuntimeHarness.applets {
            try Linux.makeLink("\(folder)/rootfs/bin/\(name)", to: "busybox")
        }
    }

    deinit { try? removeTree(folder) }

    /// The programs to hold the suite against: ours, and those that are installed.
    static let runtimes: [String] = {
        let peers = ["/usr/bin/runc", "/usr/sbin/runc", "/usr/bin/crun"].filter { fileExists($0) }
        return (RuntimeHarness.program.map { [$0] } ?? []) + peers
    }()

    /// A container's name that no other test has.
    let id = "berth-test-\(UInt32.random(in: 0...UInt32.max))"

    /// Writes `config.json`: `process` and `top` are members to add, as JSON with a comma behind each.
    func configure(
        _ arguments: [String], process: String = "", top: String = "", resources: String = "{}"
    ) throws {
        let words = arguments.map { "\"\($0.split(separator: "\"").joined(separator: "\\\""))\"" }
        try writeFile(
            folder + "/config.json",
            """
            {"ociVersion":"1.0.2",\(top)"hostname":"box","root":{"path":"rootfs"},
            "process":{\(process)"user":{"uid":0,"gid":0},"args":[\(words.joined(separator: ","))],
            "env":["PATH=/bin"],"cwd":"/"},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
            {"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["mode=755"]}],
            "linux":{"cgroupsPath":"/berth-test/\(id)","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},
            {"type":"uts"},{"type":"network"}],"resources":\(resources)}}
            """)
    }

    /// Runs one command of the runtime to its end.
    func callAsFunction(_ arguments: String..., global: [String] = []) async throws -> CommandResult {
        var command = Command(runtime, ["--root", store] + global + arguments)
        command.directory = folder
        command.timeout = .seconds(20)
        return try await command.run()
    }

    /// The container's state by its own words, or nil.
    func status() async throws -> String? {
        let result = try await self("state", id)
        guard result.code == 0, let start = result.stdout.range(of: "\"status\": \"") else { return nil }
        return String(result.stdout[start.upperBound...].prefix { $0 != "\"" })
    }

    /// Waits some seconds until the container has this state.
    func wait(for wanted: String) async throws -> Bool {
        for _ in 0..<100 {
            if try await status() == wanted { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// What a container of this bundle may have left.
    func leftovers() -> [String] {
        let groups = (try? listDirectory("/sys/fs/cgroup")) ?? []
        let found = groups.map { "/sys/fs/cgroup/\($0)/berth-test/\(id)" } + ["\(store)/\(id)"]
        return found.filter { fileExists($0) }
    }
}

extension String {
    /// The first place of `text`, without Foundation.
    func range(of text: String) -> Range<String.Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }
}
