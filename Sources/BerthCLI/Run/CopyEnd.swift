internal import Linux

/// One end of a copy: where it is, and what is known of it.
struct CopyEnd {
    var path: String
    var exists = false
    var isDirectory = false
    /// The name that was asked for, where following links has changed the last one.
    var asked = ""

    /// The source of a copy on this machine; a link is followed if `follows`, or if the path says that it is a directory.
    static func source(_ path: String, follows: Bool) throws -> CopyEnd {
        var end = CopyEnd(path: path, exists: true)
        if follows {
            (end.path, end.asked) = renamed(path, to: try LocalPath.evaluated(path))
        } else {
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let base = path[path.index(after: slash)...]
            let parent = try LocalPath.evaluated(String(path[..<slash]))
            end.path = (parent == "/" ? "" : parent) + "/" + base
            if LocalPath.endsInSlash(path), LocalPath.base(path) != LocalPath.base(end.path) {
                end.asked = LocalPath.base(path)
            }
        }
        end.isDirectory = try LocalPath.status(end.path).kind == .directory
        return end
    }

    /// `resolved` with the end of `path`, and the name that was asked for where it has become another.
    static func renamed(_ path: String, to resolved: String) -> (path: String, asked: String) {
        var resolved = resolved
        if LocalPath.endsInDot(path), !LocalPath.endsInDot(resolved) { resolved += "/." }
        if LocalPath.endsInSlash(path), !LocalPath.endsInSlash(resolved) { resolved += "/" }
        let base = LocalPath.base(path)
        return (resolved, base == LocalPath.base(resolved) ? "" : base)
    }

    /// The target of a copy on this machine, links followed; it need not be there, but its directory must.
    static func target(_ path: String) throws -> CopyEnd {
        var here = path
        var status = try LocalPath.statusIfPresent(here)
        var links = 0
        while status?.kind == .symbolicLink {
            links += 1
            if links > 11 { throw CommandFailure("too many symlinks in \(path)") }
            let target = try readSymbolicLink(at: -100, RawPath(here)).description
            here =
                LocalPath.isAbsolute(target)
                ? target : LocalPath.join(LocalPath.split(here).directory, target)
            status = try LocalPath.statusIfPresent(here)
        }
        if let status { return CopyEnd(path: here, exists: true, isDirectory: status.kind == .directory) }
        let parent = LocalPath.split(here).directory
        do throws(SystemError) {
            let file = try openFile(parent, .path)
            if try fileStatus(of: file.rawValue).kind != .directory {
                throw SystemError(call: "stat", subject: parent, code: .notDirectory)
            }
        } catch {
            throw CommandFailure(
                error.code == .notDirectory ? "not a directory" : "stat \(parent): \(error.code.reason)")
        }
        return CopyEnd(path: here)
    }

    /// Where the entries of `self`'s archive are put for the copy to become `target`, and how their first name changes.
    func placed(at target: CopyEnd) throws -> (directory: String, rename: (from: String, to: String)?) {
        if target.exists && target.isDirectory { return (target.path, nil) }
        if target.exists && isDirectory { throw CommandFailure("cannot copy directory") }
        if !target.exists, !isDirectory, LocalPath.saysDirectory(target.path) {
            throw CommandFailure("no such directory")
        }
        let (directory, name) = LocalPath.split(target.path)
        let own = asked.isEmpty ? LocalPath.split(path).name : asked
        return (directory, (own == "/" ? "" : own, name))
    }
}
