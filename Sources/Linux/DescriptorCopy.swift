internal import CLinux
internal import Glibc

/// A second descriptor of the open file behind `raw`, `CLOEXEC`.
public func duplicateDescriptor(_ raw: Int32) throws(SystemError) -> OwnedDescriptor {
    let copy = try checked("fcntl", "F_DUPFD_CLOEXEC") { clinux_fcntl(raw, F_DUPFD_CLOEXEC, 3) }
    return OwnedDescriptor(adopting: copy)
}
