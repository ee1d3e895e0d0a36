internal import CLinux
internal import Glibc

/// Starts `program` in a session of its own with `socket` as its descriptor 3, and returns its pid.
///
/// The child is the caller's to wait for; the socket stays the caller's to close.
public func startHelper(_ program: String, _ arguments: [String], socket: Int32) throws(SystemError) -> Int32
{
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { for string in argv { free(string) } }
    return try checked("start", program) { clinux_spawn_with_socket(program, &argv, socket) }
}
