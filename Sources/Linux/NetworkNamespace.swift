internal import CLinux
internal import Glibc

/// Opens the network namespace that the calling thread is in.
public func openOwnNetworkNamespace() throws(SystemError) -> OwnedDescriptor {
    try openFile("/proc/thread-self/ns/net")
}

/// Opens the network namespace of process `pid`.
public func openNetworkNamespace(ofProcess pid: Int32) throws(SystemError) -> OwnedDescriptor {
    try openFile("/proc/\(pid)/ns/net")
}

/// Runs `body` with the calling thread inside the network namespace `descriptor`, and brings the thread back.
///
/// What `body` opens there (sockets, files below `/proc/sys/net`) belongs to that namespace for ever,
/// wherever it is used from. Two calls of about a microsecond each, where a throwaway thread costs thirty. A
/// thread that could not come back would do other people's work in the wrong namespace: that traps; it cannot
/// happen while the process keeps the privilege that took it there. `body` must not suspend, which a
/// synchronous closure cannot.
public func withNetworkNamespace<Result: ~Copyable>(
    _ descriptor: Int32, _ body: () throws(SystemError) -> Result
) throws(SystemError) -> Result {
    let home = try openOwnNetworkNamespace()
    try checked("setns", "network namespace") { clinux_setns_network(descriptor) }
    defer {
        if clinux_setns_network(home.rawValue) != 0 {
            fatalError("return to the own network namespace: \(SystemError.last("setns", ""))")
        }
    }
    return try body()
}

/// Makes a new network namespace, which lives as long as something holds it open.
///
/// Its loopback interface is down.
public func makeNetworkNamespace() throws(SystemError) -> OwnedDescriptor {
    let home = try openOwnNetworkNamespace()
    try checked("unshare", "network namespace") { clinux_unshare_network() }
    defer {
        if clinux_setns_network(home.rawValue) != 0 {
            fatalError("return to the own network namespace: \(SystemError.last("setns", ""))")
        }
    }
    return try openOwnNetworkNamespace()
}
