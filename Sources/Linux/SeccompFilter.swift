internal import CLinux

/// Installs a seccomp filter in the calling thread, for good; see `seccomp(2)`.
///
/// `program` holds whole `sock_filter` instructions. The thread must have `no_new_privs` or `CAP_SYS_ADMIN`.
public func installSeccompFilter(_ program: UnsafeRawBufferPointer, flags: UInt32) throws(SystemError) {
    guard let base = program.baseAddress, program.count % 8 == 0, program.count / 8 <= 4096 else {
        throw SystemError(call: "seccomp", subject: "filter of \(program.count) bytes", code: .invalid)
    }
    try checked("seccomp", "filter of \(program.count / 8) instructions") {
        clinux_seccomp_install(base, UInt16(program.count / 8), flags)
    }
}
