/// Removes what is at `path`, as ``removeTree(at:_:)`` does.
public func removeTree(_ path: String) throws(SystemError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let above = String(path.prefix(path.count - name.count))
    let directory: OwnedDescriptor
    do { directory = try openFile(above.isEmpty ? "." : above, [.path, .directory]) } catch {
        if error.code == .noEntry { return }
        throw error
    }
    try removeTree(at: directory.rawValue, RawPath(name))
}

/// Removes `name` in `directory`, with all below it if it is a directory; nothing there is no error.
///
/// Links are removed and never followed. However deep the tree is, few descriptors are open and the stack stays flat:
/// what lies too deep is first moved up beside `name`. A mount below `name` is not entered, but fails with `EXDEV`.
public func removeTree(at directory: Int32, _ name: RawPath) throws(SystemError) {
    do {
        try removeFile(at: directory, name)
        return
    } catch {
        if error.code == .noEntry { return }
        if error.code != .isDirectory && error.code != .notPermitted { throw error }
    }
    var remover = TreeRemover(top: directory)
    remover.waiting = [name]
    while let next = remover.waiting.popLast() { try remover.removeDirectory(at: directory, next, depth: 0) }
}

private struct TreeRemover {
    static let maximumDepth = 40
    let top: Int32
    /// Directories in `top` that are still to be removed.
    var waiting: [RawPath] = []
    private var counter = 0

    init(top: Int32) { self.top = top }

    mutating func removeDirectory(at parent: Int32, _ name: RawPath, depth: Int) throws(SystemError) {
        for attempt in 0... {
            try empty(at: parent, name, depth: depth)
            do {
                try removeFile(at: parent, name, isDirectory: true)
                return
            } catch {
                // Reading a directory while it shrinks may leave a name out; then it is read again.
                if error.code == .noEntry { return }
                if error.code != .notEmpty || attempt >= 100 { throw error }
            }
        }
    }

    private mutating func empty(at parent: Int32, _ name: RawPath, depth: Int) throws(SystemError) {
        let flags: OpenFlags = [.readOnly, .directory, .noFollow]
        let opened = try openConfined(
            root: parent, name, flags, resolve: depth == 0 ? [] : .noCrossDevice)
        let copy = try opened.duplicate()
        var stream = try DirectoryStream(copy)
        while let entry = try stream.next() {
            if entry.kind != .directory {
                do {
                    try removeFile(at: opened.rawValue, entry.name)
                    continue
                } catch {
                    if error.code == .noEntry { continue }
                    if error.code != .isDirectory { throw error }
                }
            }
            if depth < Self.maximumDepth {
                try removeDirectory(at: opened.rawValue, entry.name, depth: depth + 1)
            } else {
                counter += 1
                let moved = RawPath(".berth-removed-\(UInt64.random(in: 0...UInt64.max))-\(counter)")
                try renameFile(at: opened.rawValue, entry.name, to: moved, in: top)
                waiting.append(moved)
            }
        }
    }
}
