internal import Glibc

/// The whole environment as `NAME=value` strings.
public func environmentVariables() -> [String] {
    var found: [String] = []
    var next = environ
    while let text = next.pointee {
        found.append(String(cString: text))
        next += 1
    }
    return found
}

/// The value of an environment variable; nil when it is not set.
public func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// Whether the process acts as root.
public func isRootUser() -> Bool { geteuid() == 0 }

/// The process's user and group id.
public func processUser() -> (user: UInt32, group: UInt32) { (getuid(), getgid()) }

/// The path of the program that runs.
public func currentProgramPath() -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The absolute path of the working directory.
public func workingDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
}

/// Whether `path` can be executed by the caller.
public func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

/// Whether `path`, links followed, is a directory.
public func isDirectory(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
}

/// Ends the process.
public func exitProcess(_ code: Int32) -> Never { exit(code) }

/// Waits without doing anything.
public func sleepMilliseconds(_ milliseconds: UInt32) { usleep(milliseconds * 1000) }
