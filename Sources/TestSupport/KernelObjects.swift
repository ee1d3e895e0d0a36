internal import Linux

/// What engines make in the kernel: mounts, network namespaces and links, groups, rules, processes.
///
/// Taken before and after a test, the difference is what the test left behind.
public struct KernelObjects: Sendable {
    public let objects: Set<String>

    /// What is there now, less what belongs to a dockerd on the same machine.
    public static func now() async throws -> KernelObjects {
        var found: Set<String> = []
        for line in try readText("/proc/self/mountinfo").split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 4, !line.contains("docker") { found.insert("mount \(fields[4])") }
        }
        for name in try listDirectory("/sys/class/net") {
            let master = (try? readLink("/sys/class/net/\(name)/master")) ?? ""
            if !master.hasSuffix("/docker0"), name != "docker0" { found.insert("link \(name)") }
        }
        found.formUnion(try namespacesAndProcesses())
        found.formUnion(try await groups())
        found.formUnion(try await rules())
        return KernelObjects(objects: found)
    }

    /// What is there now and was not there `before`; waits a few seconds for it to go.
    public static func leftovers(
        since before: KernelObjects, within limit: Duration = .seconds(5)
    ) async throws -> [String] {
        var left: [String] = []
        _ = try await eventually(within: limit) {
            left = try await now().objects.subtracting(before.objects).sorted()
            return left.isEmpty
        }
        return left
    }

    /// Other network and process namespaces with the processes in them, and every berth process.
    private static func namespacesAndProcesses() throws -> Set<String> {
        var found: Set<String> = []
        let ownPids = try readLink("/proc/self/ns/pid")
        let ownNet = try readLink("/proc/self/ns/net")
        for name in try listDirectory("/proc") {
            guard let pid = Int32(name) else { continue }
            let group = (try? readText("/proc/\(pid)/cgroup")) ?? ""
            if group.contains("/docker") { continue }
            guard let image = try? readLink("/proc/\(pid)/exe") else { continue }
            let command = (try? readText("/proc/\(pid)/comm"))?.trimmed ?? "?"
            if let net = try? readLink("/proc/\(pid)/ns/net"), net != ownNet { found.insert("netns \(net)") }
            let pids = (try? readLink("/proc/\(pid)/ns/pid")) ?? ownPids
            if pids != ownPids || image.contains("/berthd") || image.contains("/berth-runtime") {
                found.insert("process \(pid) \(command)")
            }
        }
        return found
    }

    private static func groups() async throws -> Set<String> {
        let listing = try await shell("find /sys/fs/cgroup -mindepth 2 -type d 2>/dev/null")
        // The group above all containers stays for the next ones.
        let own = listing.lines.filter { !$0.contains("/docker") && !$0.hasSuffix("/berth") }
        return Set(own.map { "cgroup \($0)" })
    }

    /// The lines of berth's own nftables tables, without counters.
    private static func rules() async throws -> Set<String> {
        let listing = try await shell("nft list ruleset 2>/dev/null")
        var table = ""
        var found: Set<String> = []
        for line in listing.stdout.split(separator: "\n") {
            if line.hasPrefix("table ") { table = String(line) }
            guard table.contains("berth"), !line.contains("counter") else { continue }
            found.insert("nft \(table.filter { $0 != "{" }) \(String(line).trimmed)")
        }
        return found
    }
}
