internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Drives another OCI runtime by its command line: create, start, kill, delete over a bundle.
///
/// The bundle's root is mounted in the supervisor's own mount namespace, which the runtime's programs inherit:
/// the host's table of mounts stays as it is, and nothing is left to unmount.
struct ExternalRuntime {
    let request: ExternalRuntimeRequest
    let id: String
    let stateDirectory: String

    private var bundle: String { stateDirectory + "/bundle" }
    private var logFile: String { bundle + "/runtime.log" }
    private var pidFile: String { bundle + "/pid" }
    var consoleSocket: String { bundle + "/console.sock" }

    // MARK: The bundle

    /// Makes the bundle: the mounted root, and a specification with everything looked up in it.
    func makeBundle(_ launch: LaunchRequest, initProgram: String?) throws {
        try step("bundle") { () throws(SystemError) in
            try leaveNamespaces(.mount)
            try setMountAttributes(at: -100, "/", propagation: .slave, recursive: true)
            try makeDirectories(bundle + "/rootfs", mode: 0o711)
        }
        let root = try mountRoot(launch.root)
        try step("root", "error mounting rootfs") { () throws(SystemError) in
            let place = try openFile(bundle + "/rootfs", [.path, .directory])
            try attachMount(root.rawValue, at: place.rawValue, subject: bundle + "/rootfs")
        }
        var spec = launch.spec
        spec.root = .init(path: "rootfs", readonly: launch.spec.root?.readonly ?? false)
        spec.mounts = try spec.mounts.map(Self.resolved)
        try resolveUser(launch, &spec)
        if let initProgram {
            spec.mounts.append(
                .init(destination: initPath, type: "bind", source: initProgram, options: ["bind", "ro"]))
            spec.process?.args.insert(contentsOf: [initPath, "--"], at: 0)
        }
        if !request.seccomp.isEmpty {
            spec.linux?.seccomp = try JSONDecoder().decode(
                RuntimeSpec.Seccomp.self, from: Data(request.seccomp.utf8))
        }
        if !request.hooks.isEmpty {
            spec.hooks = try JSONDecoder().decode(RuntimeSpec.Hooks.self, from: Data(request.hooks.utf8))
        }
        try writeFile(bundle + "/config.json", [UInt8](try JSONEncoder().encode(spec)), mode: 0o600)
    }

    /// A mount as any runtime understands it: parts of volumes by their paths.
    private static func resolved(_ mount: RuntimeSpec.Mount) throws(StartFailure) -> RuntimeSpec.Mount {
        guard let subpath = mount.options.compactMap(MountOption.subpath(of:)).first else { return mount }
        guard mount.type == "bind" else {
            throw refusal("mount", "a part of an image at \"\(mount.destination)\" needs berth's own runtime")
        }
        var plain = mount
        plain.options.removeAll { MountOption.subpath(of: $0) != nil }
        plain.source = try step("mount", "error finding \"\(subpath)\" in \"\(mount.source ?? "")\"") {
            () throws(SystemError) in
            let whole = try openFile(mount.source ?? "", [.path, .directory])
            let part = try openConfined(root: whole.rawValue, subpath, .path)
            return try readLink("/proc/self/fd/\(part.rawValue)")
        }
        return plain
    }

    /// Docker's user text as the numbers that the specification takes.
    private func resolveUser(_ launch: LaunchRequest, _ spec: inout RuntimeSpec) throws {
        guard let text = launch.user, var process = spec.process else { return }
        let top = try openFile(bundle + "/rootfs", [.path, .directory])
        func lines(_ path: String) -> String {
            guard let file = try? openConfined(root: top.rawValue, path, .readOnly),
                let bytes = try? readAll(file.rawValue, limitBytes: 16 << 20)
            else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        let user = try ResolvedUser(
            text, groups: launch.groups, files: .init(passwd: lines("etc/passwd"), group: lines("etc/group")))
        process.user = .init(uid: user.user, gid: user.group, additionalGids: user.groups)
        if !process.env.contains(where: { $0.hasPrefix("HOME=") }) { process.env.append("HOME=\(user.home)") }
        spec.process = process
    }

    // MARK: The commands

    /// Makes the container, with these standard streams, and returns the pid of its first process.
    func create(_ streams: (Int32, Int32, Int32), hasTerminal: Bool) throws(StartFailure) -> Int32 {
        var arguments = ["create", "--bundle", bundle, "--pid-file", pidFile]
        if hasTerminal { arguments += ["--console-socket", consoleSocket] }
        try run(arguments + [id], streams: streams, what: "create")
        let text = (try? readText(pidFile, limitBytes: 64)) ?? ""
        guard let pid = Int32(text.prefix { $0.isNumber }), pid > 1 else {
            throw refusal("runtime", "\(request.path) create left no pid of the container's process")
        }
        return pid
    }

    /// Lets the created container's program run.
    func start() throws(StartFailure) { try run(["start", id], what: "start") }

    /// Sends a signal; false if the runtime finds nobody to take it.
    func kill(_ number: Int32) -> Bool { (try? run(["kill", id, String(number)], what: "kill")) != nil }

    /// Removes what the runtime keeps, whatever the container's state.
    func delete() {
        try? run(["delete", "--force", id], what: "delete")
        try? removeFile(consoleSocket)
    }

    private func run(
        _ arguments: [String], streams: (Int32, Int32, Int32)? = nil, what: String
    ) throws(StartFailure) {
        try? removeFile(logFile)
        let status = try step("runtime", "error running \"\(request.path)\"") {
            () throws(SystemError) -> ProcessExit in
            let null = try openFile("/dev/null", .readWrite)
            var launch = ProcessLaunch(
                request.path,
                request.arguments + [
                    "--root", stateDirectory + "/oci", "--log", logFile, "--log-format", "json",
                ]
                    + arguments)
            launch.standard = streams ?? (null.rawValue, null.rawValue, null.rawValue)
            return try waitForExit(try launch.start())
        }
        if status == .exited(0) { return }
        let words = lastWords() ?? "\(request.path) ended with \(status.shellCode)"
        var kind = StartFailure.Kind.other
        let lower = words.lowercased()
        if lower.contains("executable file") || lower.contains("no such file or directory") {
            kind = .notFound
        }
        if lower.contains("permission denied") { kind = .permissionDenied }
        throw StartFailure(kind: kind, stage: "runtime", message: "OCI runtime \(what) failed: \(words)")
    }

    /// The last message in the runtime's log: runc writes an object a line, crun one over several lines.
    private func lastWords() -> String? {
        let text = (try? readText(logFile, limitBytes: 1 << 20)) ?? ""
        var words: String?
        for part in text.split(separator: "\n") {
            guard let key = part.firstRange(of: "\"msg\":") else { continue }
            let rest = part[key.upperBound...].drop { $0 == " " }
            if let string = Self.string(rest), !string.isEmpty { words = string }
        }
        return words
    }

    /// The JSON string that `text` begins with.
    private static func string(_ text: Substring) -> String? {
        guard text.first == "\"" else { return nil }
        var isEscaped = false
        for index in text.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                return try? JSONDecoder().decode([String].self, from: Data("[\(text[...index])]".utf8)).first
            }
        }
        return nil
    }
}
