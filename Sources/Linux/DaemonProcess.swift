internal import Glibc

/// Makes a write to a closed connection an `EPIPE` failure and not the end of the process.
public func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

/// Raises this process's limit of open files to the hard one.
public func raiseFileLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
