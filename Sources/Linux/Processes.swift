internal import CLinux
internal import Glibc

/// Kinds of namespace, and how `clone3(2)`, `unshare(2)` and `setns(2)` name them.
public struct NamespaceFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let time = NamespaceFlags(rawValue: 0x80)
    public static let mount = NamespaceFlags(rawValue: 0x20000)
    public static let cgroup = NamespaceFlags(rawValue: 0x2000000)
    public static let uts = NamespaceFlags(rawValue: 0x4000000)
    public static let ipc = NamespaceFlags(rawValue: 0x8000000)
    public static let user = NamespaceFlags(rawValue: 0x10000000)
    public static let pid = NamespaceFlags(rawValue: 0x20000000)
    public static let network = NamespaceFlags(rawValue: 0x40000000)
}

/// The two returns of ``forkProcess(_:cgroup:)``.
public enum ForkResult: ~Copyable {
    case child
    case parent(pid: Int32, pidfd: OwnedDescriptor)
}

/// Clones this process like `fork`, into new namespaces and, with `cgroup`, a v2 cgroup's directory.
///
/// Only for a process with one thread. See `clone3(2)` (Linux 5.3; `cgroup` 5.7).
public func forkProcess(_ namespaces: NamespaceFlags = [], cgroup: Int32 = -1) throws(SystemError)
    -> ForkResult
{
    var pidfd: Int32 = -1
    let pid = try checked("clone3") { clinux_clone(namespaces.rawValue, &pidfd, cgroup) }
    return pid == 0 ? .child : .parent(pid: pid, pidfd: OwnedDescriptor(adopting: pidfd))
}

/// How a child ended.
public struct ChildExit: Hashable, Sendable {
    public let pid: Int32
    /// The exit code, or the signal's number if `signalled`.
    public let status: Int32
    public let signalled: Bool
}

/// Reaps one ended child (`pid`, or any for 0); nil if none has ended or there is none.
public func reapChild(_ pid: Int32 = 0, wait: Bool = false) throws(SystemError) -> ChildExit? {
    var status: Int32 = 0
    var signalled: Int32 = 0
    do {
        let found = try checked("waitid", pid == 0 ? "" : "pid \(pid)") {
            clinux_wait(pid, wait ? 0 : 1, 0, &status, &signalled)
        }
        return found == 0 ? nil : ChildExit(pid: found, status: status, signalled: signalled != 0)
    } catch let error where error.code == .noChild { return nil }
}

/// Joins the namespace (or, of a pidfd, those of its process in `kinds`) that `descriptor` stands for.
public func joinNamespaces(_ descriptor: Int32, _ kinds: NamespaceFlags) throws(SystemError) {
    try checked("setns") { clinux_setns(descriptor, Int32(truncatingIfNeeded: kinds.rawValue)) }
}

/// Moves the calling process to new namespaces; see `unshare(2)`.
public func leaveNamespaces(_ kinds: NamespaceFlags) throws(SystemError) {
    try checked("unshare") { clinux_unshare(Int32(truncatingIfNeeded: kinds.rawValue)) }
}

/// Sends `signal` to the process of `pidfd`; false if it has gone.
@discardableResult
public func signalProcess(pidfd: Int32, _ signal: Int32) throws(SystemError) -> Bool {
    do {
        try checked("pidfd_send_signal", "signal \(signal)") { clinux_pidfd_send_signal(pidfd, signal) }
        return true
    } catch let error where error.code == .noProcess { return false }
}

/// A descriptor of the process `pid`, an unreaped child of the caller or one that is compared afterwards.
public func openProcess(_ pid: Int32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try checked("pidfd_open", "pid \(pid)") { clinux_pidfd_open(pid, 0) })
}

/// Field 22 of `/proc/PID/stat`: together with the pid it names one process for as long as the system runs.
public func processStartTime(_ pid: Int32) throws(SystemError) -> UInt64 {
    let text = try readText("/proc/\(pid)/stat", limitBytes: 4096)
    guard let name = text.lastIndex(of: ")") else {
        throw SystemError(call: "read", subject: "/proc/\(pid)/stat", code: .invalid)
    }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let time = UInt64(fields[19]) else {
        throw SystemError(call: "read", subject: "/proc/\(pid)/stat", code: .invalid)
    }
    return time
}

/// Runs `path` in place of this program; it returns only to throw.
public func executeProgram(_ path: String, _ arguments: [String], _ environment: [String]) throws(SystemError)
{
    var argv = arguments.map { strdup($0) }
    argv.append(nil)
    var envp = environment.map { strdup($0) }
    envp.append(nil)
    try checked("exec", path) { clinux_execve(path, &argv, &envp) }
}

/// Runs the open file `descriptor` in place of this program; it returns only to throw.
public func executeFile(_ descriptor: Int32, _ arguments: [String], _ environment: [String])
    throws(SystemError)
{
    var argv = arguments.map { strdup($0) }
    argv.append(nil)
    var envp = environment.map { strdup($0) }
    envp.append(nil)
    try checked("execveat", "fd \(descriptor)") { clinux_execute_file(descriptor, &argv, &envp) }
}

/// Whether `descriptor` was opened through a mount that allows no writing.
public func isOnReadOnlyMount(_ descriptor: Int32) -> Bool { clinux_on_read_only_mount(descriptor) == 1 }

/// Ends the process without running anything else of it.
public func exitNow(_ status: Int32) -> Never { clinux_exit_now(status) }

/// Leads a new session without a terminal.
public func startSession() throws(SystemError) { try checked("setsid") { Glibc.setsid() } }

/// The caller's pid, as its own pid namespace counts.
public func currentProcessID() -> Int32 { getpid() }

/// Has the kernel send `signal` to this process when its parent ends (0: no longer).
public func setParentDeathSignal(_ signal: Int32) throws(SystemError) {
    try checked("prctl", "PR_SET_PDEATHSIG") { clinux_prctl(1, UInt(signal), 0, 0, 0) }
}

/// Makes this process the parent of its descendants' orphans.
public func becomeSubreaper() throws(SystemError) {
    try checked("prctl", "PR_SET_CHILD_SUBREAPER") { clinux_prctl(36, 1, 0, 0, 0) }
}

/// Whether other processes of the same user may look into this one (through `/proc/PID/exe`, say).
public func setDumpable(_ dumpable: Bool) throws(SystemError) {
    try checked("prctl", "PR_SET_DUMPABLE") { clinux_prctl(4, dumpable ? 1 : 0, 0, 0, 0) }
}

/// Replaces what `ps` shows for this process.
public func setProcessTitle(_ title: String) { clinux_set_process_title(title) }

/// Lets all threads share `count` heaps, where each would keep free memory of its own (mallopt(3), M_ARENA_MAX).
public func limitHeaps(to count: Int32) { clinux_limit_heaps(count) }

/// Gives back free heap, and unmaps the code that has run so far; what still runs comes back from the page cache.
///
/// For a program that stays for long and needs much of its code seldom. Code is never written to, so there is nothing to
/// lose (madvise(2), MADV_DONTNEED of a private file mapping).
public func releaseIdleMemory() {
    clinux_trim_heap()
    for line in ((try? readText("/proc/self/maps")) ?? "").split(separator: "\n") {
        // 00400000-01793000 r-xp 00000000 fe:00 1234   /usr/local/bin/berthd
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 5, fields[1] == "r-xp", fields[4] != "0" else { continue }
        let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
        if bounds.count == 2 { _ = clinux_drop_pages(bounds[0], Int(bounds[1] - bounds[0])) }
    }
}

/// Blocks every signal, or unblocks every signal.
public func blockSignals(_ block: Bool) { _ = clinux_block_signals(block ? 1 : 0) }

/// Gives every signal its default action, and unblocks all: what a new program expects.
public func resetSignals() { clinux_reset_signals() }

/// Ignores `signal`; a child inherits that.
public func ignoreSignal(_ signal: Int32) { clinux_ignore_signal(signal) }

/// A descriptor that gives the signals in `numbers`, which must be blocked.
public func signalDescriptor(_ numbers: [Int32]) throws(SystemError) -> OwnedDescriptor {
    let mask = numbers.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
    return OwnedDescriptor(adopting: try checked("signalfd") { clinux_signalfd(mask) })
}

/// The next signal that waits at a ``signalDescriptor(_:)``.
public func nextSignal(_ descriptor: Int32) -> (number: Int32, sender: Int32)? {
    var sender: Int32 = 0
    let number = clinux_next_signal(descriptor, &sender)
    return number > 0 ? (number, sender) : nil
}

/// Makes `target` the same open file as `descriptor`, kept over an exec.
public func duplicate(_ descriptor: Int32, to target: Int32) throws(SystemError) {
    if descriptor == target {
        try checked("fcntl", "F_SETFD") { clinux_fcntl(descriptor, F_SETFD, 0) }
    } else {
        try checked("dup3", "fd \(descriptor)") { clinux_dup3(descriptor, target, 0) }
    }
}

/// Marks every descriptor from `first` on to close on exec.
public func closeOnExec(from first: Int32) throws(SystemError) {
    try checked("close_range") { clinux_close_on_exec_from(first) }
}

/// Closes every descriptor from `first` on; for a program that has opened none of its own yet.
public func closeDescriptors(from first: Int32) { _ = clinux_close_from(first) }

/// A pipe: what is written to the second end is read from the first.
public func makePipe() throws(SystemError) -> (read: Int32, write: Int32) {
    var pair: [Int32] = [-1, -1]
    try checked("pipe2") { clinux_pipe(&pair) }
    return (pair[0], pair[1])
}

/// Whether calls on `descriptor`'s open file return at once.
public func setNonBlocking(_ descriptor: Int32, _ on: Bool = true) throws(SystemError) {
    try checked("fcntl", "O_NONBLOCK") { clinux_set_nonblocking(descriptor, on ? 1 : 0) }
}

/// The wall clock.
public func wallClock() -> (seconds: Int64, nanoseconds: Int32) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (Int64(now.tv_sec), Int32(now.tv_nsec))
}

/// Microseconds of a clock that never jumps, for measuring.
public func monotonicMicroseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
}
