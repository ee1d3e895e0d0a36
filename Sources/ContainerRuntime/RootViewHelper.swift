internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Builds a container's file tree beside the container: its root with its volumes and files, and without the
/// kernel's file systems, as `docker cp` shows it.
///
/// The mounts are made in a namespace that this process makes for itself, so the host's mount table and the
/// container's stay as they are, and all is gone with the last descriptor of the namespace.
enum RootViewHelper {
    /// Serves the one request of descriptor 3, and returns the exit status.
    static func run() -> Int32 {
        let socket: Int32 = 3
        setProcessTitle("berth-view")
        do {
            // Once inside the container's namespaces this process is nothing for its programs to look into.
            try setDumpable(false)
            guard let received = try ViewRequest.receive(socket) else { return 1 }
            let (root, namespace) = try build(received.message, in: received.descriptors.first)
            try SupervisorMessage.created(pid: 0, startTime: 0).send(
                socket, descriptors: [root.rawValue, namespace.rawValue])
            return 0
        } catch let failure as StartFailure {
            try? SupervisorMessage.failed(failure).send(socket)
        } catch {
            try? SupervisorMessage.failed(refusal("view", "\(error)")).send(socket)
        }
        return 1
    }

    private static func build(
        _ request: ViewRequest, in container: SharedDescriptor?
    ) throws(StartFailure) -> (root: SharedDescriptor, namespace: SharedDescriptor) {
        // Paths of the host first: from inside the container they mean something else.
        let binds = try prepareMounts(request.mounts)
        let processes = try step("view") { () throws(SystemError) in
            try openFile("/proc", [.path, .directory])
        }
        let top: SharedDescriptor
        var temporary: [Int: SharedDescriptor] = [:]
        if let source = request.root {
            top = SharedDescriptor(try mountRoot(source))
        } else {
            guard let container else { throw refusal("view", "the namespace was not passed") }
            top = try step("view", "error joining the container's mounts") { () throws(SystemError) in
                try joinNamespaces(container.rawValue, .mount)
                return SharedDescriptor(try cloneMount("/"))
            }
            temporary = copyTemporary(request.mounts)
        }
        try step("view", "error mounting the root") { () throws(SystemError) in
            try leaveNamespaces(.mount)
            try setMountAttributes("/", propagation: .slave, recursive: true)
            try setMountAttributes(at: top.rawValue, "", propagation: .private)
            try attachMount(top.rawValue, at: -100, "/", subject: "/")
        }
        let inside = ConfinedRoot(descriptor: top.rawValue)
        for (index, mount) in request.mounts.enumerated() {
            if let copy = temporary[index] {
                try attach(mount) { () throws(SystemError) in
                    let place = try inside.directory(mount.destination)
                    try attachMount(copy.rawValue, at: place.rawValue, subject: mount.destination)
                }
            } else if let bind = binds[index] {
                let options = try MountOptions(mount.options)
                try attach(mount) { () throws(SystemError) in try attachBind(bind, mount, options, inside) }
            } else if request.root != nil {
                let options = try MountOptions(mount.options)
                try attach(mount) { () throws(SystemError) in try attachNew(mount, options, inside) }
            }
        }
        try enterRoot(top.rawValue)
        return try step("view") { () throws(SystemError) in
            let root = SharedDescriptor(try openFile("/", [.path, .directory]))
            let own = try openFile(at: processes.rawValue, "self/ns/mnt")
            return (root, SharedDescriptor(own))
        }
    }

    /// Runs `body`; a mount whose place is missing in a root that is read-only is left out.
    private static func attach(
        _ mount: RuntimeSpec.Mount, _ body: () throws(SystemError) -> Void
    ) throws(StartFailure) {
        try step("view", "error mounting \"\(mount.destination)\"") { () throws(SystemError) in
            do throws(SystemError) { try body() } catch {
                if error.code != .readOnlyFileSystem { throw error }
            }
        }
    }

    /// Detached copies of those mounts that the running container has for itself; the caller is in its namespace.
    private static func copyTemporary(_ mounts: [RuntimeSpec.Mount]) -> [Int: SharedDescriptor] {
        var copies: [Int: SharedDescriptor] = [:]
        for (index, mount) in mounts.enumerated() where mount.type != "bind" {
            // The container may have taken it away, or put something else there: then that is what it sees.
            guard let top = try? openFile("/", [.path, .directory]),
                let place = try? openConfined(root: top.rawValue, mount.destination, [.path, .directory]),
                let copy = try? cloneMount(at: place.rawValue, "")
            else { continue }
            copies[index] = SharedDescriptor(copy)
        }
        return copies
    }
}
