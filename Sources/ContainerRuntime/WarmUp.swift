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
}
