internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Makes a pty in the container's own devpts (its root is the process's root) and passes its master on.
///
/// The path is looked at first: a container could have put something else at it (CVE-2025-52565).
func makeTerminal(sync: SyncChannel, consoleAt root: ConfinedRoot?) throws(StartFailure) -> Int32 {
    let (master, peer) = try step("console", "error making the terminal") { () throws(SystemError) in
        let place = try openFile("/dev/pts/ptmx", [.path, .noFollow])
        let node = try FileNode(at: place.rawValue, "")
        guard node.isCharacterDevice, node.device == 0x502, fileSystemType(place.rawValue) == 0x1cd1 else {
            throw SystemError(call: "open", subject: "/dev/pts/ptmx", code: .noDevice)
        }
        let (master, _) = try openTerminal(ptmx: "/proc/self/fd/\(place.rawValue)")
        return (master, try openTerminalPeer(master))
    }
    if let root {
        try step("console", "error mounting /dev/console") { () throws(SystemError) in
            let place = try root.file("/dev/console")
            let copy = try cloneMount(at: peer, "")
            try attachMount(copy.rawValue, at: place.rawValue, subject: "/dev/console")
        }
    }
    sync.send(.done(request: 1), descriptors: [master])
    OwnedDescriptor(adopting: master).close()
    return peer
}
