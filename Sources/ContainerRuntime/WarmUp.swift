internal import Cgroups
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// A made-up container that uses every part of a request once.
enum WarmUp {
    static var request: LaunchRequest {
        let process = RuntimeSpec.Process(
            terminal: true, consoleSize: .init(height: 1, width: 1), args: ["true"], env: ["A=b"],
            capabilities: .init(bounding: ["CAP_CHOWN"]),
            rlimits: [.init(type: "RLIMIT_NOFILE", hard: 1, soft: 1)])
        let linux = RuntimeSpec.Linux(
            sysctl: ["a": "b"],
            resources: .init(
                devices: [.init(allow: true)], memory: .init(limit: 1), cpu: .init(), pids: .init(limit: 1)),
            cgroupsPath: "/a", namespaces: [.init(type: .pid)], devices: [.init(path: "/dev/a", type: "c")],
            maskedPaths: ["/a"], readonlyPaths: ["/a"])
        let spec = RuntimeSpec(
            process: process, root: .init(path: "a"), hostname: "a",
            mounts: [.init(destination: "/a", type: "proc", source: "proc", options: ["ro"])],
            annotations: ["a": "b"], linux: linux)
        return LaunchRequest(
            id: "a", spec: spec, user: "a", groups: ["a"],
            root: .overlay(lower: ["a"], upper: "b", work: "c"),
            log: LogOptions(path: "a"), stateDirectory: "a", exitRecordPath: "a", joinedNamespaces: [.pid],
            attachments: [AttachStreams(stdin: true)])
    }

    /// Decides what a start decides, and leaves nothing behind.
    ///
    /// The first use of a generic type or of a table costs tens of microseconds in a Swift program: looking for
    /// conformances, making metadata. What has been done in the launcher is there in its clones.
    static func perform(_ spec: RuntimeSpec, _ machine: Machine) {
        Cgroup.warmUp()
        _ = try? ContainerGroup(spec, layout: machine.cgroups).view
        _ = try? MountOptions(["ro", "nosuid", "rprivate", "mode=755"])
        _ = NamespacePlan.flags[.pid]
        _ = try? prepareMounts([
            RuntimeSpec.Mount(destination: "/a", type: "bind", source: "/dev/null", options: ["bind"])
        ])
        if let loop = try? EventLoop(), let pair = try? SocketPair(.sequencedPackets) {
            _ = try? loop.watch(pair.first.rawValue, .readable) { _ in }
            _ = try? DaemonMessage.receive(pair.first.rawValue, wait: false)
        }
        _ = ConfinedRoot.split("/a/b")
        _ = try? CapabilitySets(spec.process?.capabilities, last: machine.lastCapability)
        let files = ResolvedUser.Files(passwd: "a:x:1:1::/:/\n", group: "a:x:1:a\n")
        _ = try? ResolvedUser("a:a", groups: ["a"], files: files)
        do { try removeFile("/proc/berth-warm-up") } catch { _ = "\(error as any Error)" }
    }
}
