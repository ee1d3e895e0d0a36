internal import ContentStore
public import Linux
public import OCI
internal import TarArchive
internal import TarFormat

extension SnapshotStore {
    /// Opens the root that `diffIDs` (lowest first) make together, read-only and in nobody's mount table.
    ///
    /// The mount is gone with the last descriptor in it. Use `openConfined` below it: the image chose its links.
    public func openMerged(_ diffIDs: [Digest]) throws -> OwnedDescriptor {
        try openMerged(paths: try lowerDirectories(for: diffIDs))
    }

    /// ``openMerged(_:)`` for directories, the topmost first.
    func openMerged(paths lower: [String]) throws -> OwnedDescriptor {
        if lower.count == 1 { return try openFile(lower[0], [.readOnly, .directory]) }
        if lower.isEmpty {
            let empty = content.temporary + "/.empty"
            try makeDirectories(empty, mode: 0o755)
            return try openFile(empty, [.readOnly, .directory])
        }
        let context = try FileSystemContext("overlay")
        do {
            for path in lower { try context.set("lowerdir+", path) }
        } catch {
            // Linux before 6.5 takes one option, up to a page long.
            if error.code != .invalid { throw error }
            let whole = try FileSystemContext("overlay")
            try whole.set("lowerdir", lower.map(Self.escaped).joined(separator: ":"))
            return try whole.mount(.readOnly)
        }
        return try context.mount(.readOnly)
    }

    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if character == "\\" || character == ":" { text.append("\\") }
            text.append(character)
        }
    }

    /// Copies what an image has at `path` into the empty directory that `target` names, for a new volume.
    ///
    /// The directory's own owner, mode and time come along. Returns false, with nothing done, where the image has no
    /// directory there, in which case `target` is not asked, or where `target` wants nothing. On failure the directory is
    /// emptied again.
    public func copyContent(of diffIDs: [Digest], path: String, to target: () throws -> String?) throws
        -> Bool
    {
        let root = try openMerged(diffIDs)
        let source: SharedDescriptor
        do {
            source = SharedDescriptor(
                try openConfined(
                    root: root.rawValue, RawPath(path.drop { $0 == "/" }.isEmpty ? "." : path),
                    [.readOnly, .directory], resolve: [.inRoot, .noMagicLinks]))
        } catch {
            if error.code == .noEntry || error.code == .notDirectory || error.code == .loop { return false }
            throw error
        }
        guard let target = try target() else { return false }
        let directory = SharedDescriptor(try openFile(target, [.readOnly, .directory]))
        do {
            try TreeCopier().copyContents(from: source, to: directory)
        } catch {
            try? Self.empty(target)
            throw error
        }
        return true
    }

    private static func empty(_ path: String) throws {
        let directory = try openFile(path, [.readOnly, .directory])
        var stream = try DirectoryStream(openFile(path, [.readOnly, .directory]))
        while let entry = try stream.next() { try Linux.removeTree(at: directory.rawValue, entry.name) }
    }

    /// How many bytes the files below `path` hold, each counted once however many names it has.
    ///
    /// What vanishes during the walk is not counted; links are not followed.
    public func sizeBytes(below path: String) throws -> Int64 {
        struct Key: Hashable {
            let device: UInt64
            let inode: UInt64
        }
        var total: Int64 = 0
        var seen: Set<Key> = []
        func walk(_ directory: consuming OwnedDescriptor, depth: Int) throws {
            let handle = SharedDescriptor(directory)
            var stream = try DirectoryStream(handle.duplicate())
            while let entry = try stream.next() {
                guard let status = try fileStatusIfPresent(at: handle.rawValue, entry.name) else { continue }
                if status.links > 1, status.kind != .directory {
                    if !seen.insert(Key(device: status.device, inode: status.inode)).inserted { continue }
                }
                if status.kind == .regular || status.kind == .symbolicLink { total += status.sizeBytes }
                if status.kind == .directory, depth < 512 {
                    guard
                        let child = try? openFile(
                            at: handle.rawValue, entry.name, [.readOnly, .directory, .noFollow])
                    else { continue }
                    try walk(child, depth: depth + 1)
                }
            }
        }
        try walk(openFile(path, [.readOnly, .directory]), depth: 0)
        return total
    }
}
