public import OCI

/// Everything a supervisor needs to start and keep one container: what berthd sends to the launcher.
///
/// The descriptors beside the message come in this order: the supervisor's end of the control connection
/// (`SOCK_SEQPACKET`); the seccomp program if ``hasSeccompProgram``; one namespace descriptor for each of
/// ``joinedNamespaces``; one stream socket for each of ``attachments``.
public struct LaunchRequest: Hashable, Sendable {
    /// The container's full id.
    public var id: String
    /// What to run. Its seccomp profile, hooks and user id maps are not carried: the compiled filter comes
    /// as a descriptor. `root.path` is not read; ``root`` says where the root is.
    public var spec: RuntimeSpec
    /// Docker's user text (`""`, `1000`, `name:group`), resolved in the container's own passwd and group files;
    /// nil takes `spec.process.user` as it is.
    public var user: String?
    /// Further groups by name or number, resolved in the same way.
    public var groups: [String]
    public var root: RootSource
    /// Whether stdin is a pipe that attached clients feed; else it is `/dev/null`. (With a terminal, input is
    /// only taken from clients if this is set.)
    public var openStdin: Bool
    /// Whether stdin ends when the first client that feeds it ends its side or hangs up.
    public var stdinOnce: Bool
    public var log: LogOptions?
    /// An existing directory (under the exec root) in which the supervisor makes `supervisor.sock`.
    public var stateDirectory: String
    /// Where the ``ExitRecord`` is left, durably.
    public var exitRecordPath: String
    /// Docker's `--init`: PID 1 is a small init of ours that forwards signals and reaps.
    public var usesInit: Bool
    /// Wait for ``DaemonMessage/go`` before the program runs, so that the network can be set up.
    public var hold: Bool
    /// Namespaces to join by descriptor (a `/proc/PID/ns/…` file); they override the spec's entry.
    public var joinedNamespaces: [RuntimeSpec.NamespaceType]
    public var hasSeccompProgram: Bool
    /// Clients that are attached from the first byte on.
    public var attachments: [AttachStreams]
    /// Another runtime makes the container; nil is ours.
    public var external: ExternalRuntimeRequest?

    public init(
        id: String, spec: RuntimeSpec, user: String? = nil, groups: [String] = [], root: RootSource,
        openStdin: Bool = false, stdinOnce: Bool = false, log: LogOptions? = nil, stateDirectory: String,
        exitRecordPath: String, usesInit: Bool = false, hold: Bool = false,
        joinedNamespaces: [RuntimeSpec.NamespaceType] = [], hasSeccompProgram: Bool = false,
        attachments: [AttachStreams] = [], external: ExternalRuntimeRequest? = nil
    ) {
        self.id = id
        self.spec = spec
        self.user = user
        self.groups = groups
        self.root = root
        self.openStdin = openStdin
        self.stdinOnce = stdinOnce
        self.log = log
        self.stateDirectory = stateDirectory
        self.exitRecordPath = exitRecordPath
        self.usesInit = usesInit
        self.hold = hold
        self.joinedNamespaces = joinedNamespaces
        self.hasSeccompProgram = hasSeccompProgram
        self.attachments = attachments
        self.external = external
    }

    /// Where the supervisor of a container with this state directory listens.
    public static func socketPath(stateDirectory: String) -> String { stateDirectory + "/supervisor.sock" }
}

/// Where a container's root file system comes from.
public enum RootSource: Hashable, Sendable {
    /// An overlay, mounted in the container's own mount namespace; the topmost lower directory first.
    ///
    /// Without `upper` (empty) it is read-only. What is written to a volatile one need not survive a power loss: the
    /// kernel writes nothing to the disk when it is unmounted.
    case overlay(lower: [String], upper: String, work: String, isVolatile: Bool = false)
    /// A directory that is ready.
    case directory(String)
}

/// Where the container's output is kept, and how much of it; see ContainerLog.
public struct LogOptions: Hashable, Sendable {
    public var path: String
    /// Docker's format `local`, in the place of its JSON lines.
    public var isLocal: Bool
    public var maxSizeBytes: Int64?
    public var maxFiles: Int
    public var compresses: Bool
    /// The container never waits for its log: so many bytes wait in memory, and what is more is lost.
    public var bufferBytes: Int64?
    public var attributes: [String: String]

    public init(
        path: String, isLocal: Bool = false, maxSizeBytes: Int64? = nil, maxFiles: Int = 1,
        compresses: Bool = false,
        bufferBytes: Int64? = nil, attributes: [String: String] = [:]
    ) {
        self.path = path
        self.isLocal = isLocal
        self.maxSizeBytes = maxSizeBytes
        self.maxFiles = maxFiles
        self.compresses = compresses
        self.bufferBytes = bufferBytes
        self.attributes = attributes
    }
}

/// What an attached client takes part in.
///
/// Its stream socket carries raw stdin bytes towards the container (the write side's end is stdin's end), and
/// output from it: raw with a terminal, else in frames of Docker's 8-byte headers (stream 1 or 2, three zero
/// bytes, big-endian length).
public struct AttachStreams: Hashable, Sendable {
    public var stdin: Bool
    public var stdout: Bool
    public var stderr: Bool

    public init(stdin: Bool = false, stdout: Bool = false, stderr: Bool = false) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

extension LaunchRequest: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(id)
        writer.put(spec)
        writer.put(user)
        writer.put(groups)
        writer.put(root)
        writer.put(openStdin)
        writer.put(stdinOnce)
        writer.put(log)
        writer.put(stateDirectory)
        writer.put(exitRecordPath)
        writer.put(usesInit)
        writer.put(hold)
        writer.put(joinedNamespaces)
        writer.put(hasSeccompProgram)
        writer.put(attachments)
        writer.put(external)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            id: try reader.get(), spec: try reader.get(), user: try reader.get(), groups: try reader.get(),
            root: try reader.get(), openStdin: try reader.get(), stdinOnce: try reader.get(),
            log: try reader.get(), stateDirectory: try reader.get(), exitRecordPath: try reader.get(),
            usesInit: try reader.get(), hold: try reader.get(), joinedNamespaces: try reader.get(),
            hasSeccompProgram: try reader.get(), attachments: try reader.get(),
            external: try reader.get())
    }
}

/// An OCI runtime that is driven by its command line.
public struct ExternalRuntimeRequest: Hashable, Sendable {
    /// Its program: an absolute path, or a name in `PATH`.
    public var path: String
    /// What comes before the command.
    public var arguments: [String]
    /// The filter of system calls as JSON of the runtime specification; empty for none.
    public var seccomp: String
    /// The hooks as JSON of the runtime specification; empty for none.
    public var hooks: String

    public init(path: String, arguments: [String] = [], hooks: String = "", seccomp: String = "") {
        self.path = path
        self.arguments = arguments
        self.hooks = hooks
        self.seccomp = seccomp
    }
}

extension ExternalRuntimeRequest: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(path)
        writer.put(arguments)
        writer.put(hooks)
        writer.put(seccomp)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            path: try reader.get(), arguments: try reader.get(), hooks: try reader.get(),
            seccomp: try reader.get())
    }
}

extension RootSource: WireValue {
    func write(to writer: inout WireWriter) {
        switch self {
        case .overlay(let lower, let upper, let work, let isVolatile):
            writer.byte(1)
            writer.put(lower)
            writer.put(upper)
            writer.put(work)
            writer.put(isVolatile)
        case .directory(let path):
            writer.byte(2)
            writer.put(path)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1:
            self = .overlay(
                lower: try reader.get(), upper: try reader.get(), work: try reader.get(),
                isVolatile: try reader.get())
        case 2: self = .directory(try reader.get())
        case let other: throw WireError("unknown root source \(other)")
        }
    }
}

extension LogOptions: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(path)
        writer.put(isLocal)
        writer.put(maxSizeBytes)
        writer.put(maxFiles)
        writer.put(compresses)
        writer.put(bufferBytes)
        writer.put(attributes)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            path: try reader.get(), isLocal: try reader.get(), maxSizeBytes: try reader.get(),
            maxFiles: try reader.get(), compresses: try reader.get(), bufferBytes: try reader.get(),
            attributes: try reader.get())
    }
}

extension AttachStreams: WireValue {
    func write(to writer: inout WireWriter) {
        writer.byte((stdin ? 1 : 0) | (stdout ? 2 : 0) | (stderr ? 4 : 0))
    }

    init(from reader: inout WireReader) throws(WireError) {
        let bits = try reader.byte()
        self.init(stdin: bits & 1 != 0, stdout: bits & 2 != 0, stderr: bits & 4 != 0)
    }
}
