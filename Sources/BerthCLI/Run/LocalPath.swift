internal import Linux

/// Paths of this machine as Go's `filepath` and docker's `cp` read them.
enum LocalPath {
    /// Without doubled slashes, `.` and inner `..`; `.` for nothing.
    static func clean(_ path: String) -> String {
        let absolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !absolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return absolute ? "/" + joined : joined.isEmpty ? "." : joined
    }

    static func join(_ parent: String, _ path: String) -> String { clean(parent + "/" + path) }

    /// The last name; slashes at the end do not count.
    static func base(_ path: String) -> String {
        if path.isEmpty { return "." }
        guard let last = path.split(separator: "/").last else { return "/" }
        return String(last)
    }

    static func isAbsolute(_ path: String) -> Bool { path.hasPrefix("/") }
    static func endsInSlash(_ path: String) -> Bool { path.hasSuffix("/") }
    static func endsInDot(_ path: String) -> Bool { base(path) == "." }
    /// Whether the path says that it is a directory.
    static func saysDirectory(_ path: String) -> Bool { endsInSlash(path) || endsInDot(path) }

    /// `path` with the slash or `/.` that `original` ends in.
    static func keepingEnd(_ path: String, of original: String) -> String {
        var path = path
        if !endsInDot(path), endsInDot(original) { path += endsInSlash(path) ? "." : "/." }
        if !endsInSlash(path), endsInSlash(original) { path += "/" }
        return path
    }

    /// The cleaned path as its directory and last name; a dot at the end is a name of its own.
    static func split(_ path: String) -> (directory: String, name: String) {
        let clean = clean(path)
        if endsInDot(path) { return (clean, ".") }
        guard let slash = clean.lastIndex(of: "/") else { return (".", clean) }
        let directory = clean[..<slash]
        return (directory.isEmpty ? "/" : String(directory), base(clean))
    }

    /// `path` from the root on, with the slash or dot at its end kept.
    static func absolute(_ path: String) -> String {
        let whole = isAbsolute(path) ? clean(path) : join(workingDirectory(), path)
        return keepingEnd(whole, of: path)
    }

    /// What is at `path`, links not followed unless it says that it is a directory; fails in Go's words.
    static func status(_ path: String) throws -> FileStatus {
        do throws(SystemError) {
            let flags: OpenFlags = saysDirectory(path) ? [.path, .directory] : [.path, .noFollow]
            let file = try openFile(path, flags)
            return try fileStatus(of: file.rawValue)
        } catch { throw CommandFailure("lstat \(path): \(error.code.reason)") }
    }

    /// ``status(_:)``; nil where nothing is.
    static func statusIfPresent(_ path: String) throws -> FileStatus? {
        do throws(SystemError) { return try fileStatusIfPresent(path: path) } catch {
            throw CommandFailure("lstat \(path): \(error.code.reason)")
        }
    }

    /// Where `path` leads once every link is followed.
    static func evaluated(_ path: String) throws -> String {
        var ahead = path.split(separator: "/").reversed().map { String($0) }
        var way: [String] = []
        var links = 0
        while let name = ahead.popLast() {
            if name == "." { continue }
            if name == ".." {
                _ = way.popLast()
                continue
            }
            let here = "/" + (way + [name]).joined(separator: "/")
            guard let status = try statusIfPresent(here) else {
                throw CommandFailure("lstat \(here): no such file or directory")
            }
            guard status.kind == .symbolicLink else {
                way.append(name)
                continue
            }
            links += 1
            if links > 255 { throw CommandFailure("EvalSymlinks: too many links") }
            let target = try readSymbolicLink(at: -100, RawPath(here)).description
            if isAbsolute(target) { way = [] }
            ahead += target.split(separator: "/").reversed().map { String($0) }
        }
        return "/" + way.joined(separator: "/")
    }
}
