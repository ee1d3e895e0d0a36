public import Linux
public import OCI
internal import TarFormat

/// One difference between a container's files and those of its image.
public struct LayerChange: Sendable, Hashable {
    public enum Kind: Sendable { case modified, added, deleted }

    /// Relative to the root, without a slash at either end.
    public let path: RawPath
    public let kind: Kind
}

extension SnapshotStore {
    /// What the writable layer at `upper` changes in the tree of `diffIDs` and, below them, the directory `base`.
    ///
    /// A file that was copied up and is as before is no change, and a directory counts as changed when something in
    /// it does. Parents come before what is in them, names in the order of their bytes. What a running container
    /// changes meanwhile may be seen or not.
    public func changes(upper: String, over diffIDs: [Digest], base: String) throws -> [LayerChange] {
        let below = SharedDescriptor(try openMerged(paths: try lowerDirectories(for: diffIDs) + [base]))
        let top = SharedDescriptor(try openFile(upper, [.readOnly, .directory]))
        var comparison = LayerComparison()
        try comparison.compare(top, below, path: RawPath([]), depth: 0)
        return comparison.changes
    }
}

/// A walk through a writable layer and what lies below it.
private struct LayerComparison {
    private static let flags: OpenFlags = [.readOnly, .directory, .noFollow]
    var changes: [LayerChange] = []

    /// Compares what is in two directories of one name; `lower` is nil where nothing or no directory is below.
    mutating func compare(
        _ upper: SharedDescriptor, _ lower: SharedDescriptor?, path: RawPath, depth: Int
    ) throws {
        if depth > 1024 { throw SnapshotError.tooDeep("\(path)") }
        let own = try names(in: upper)
        var all = own
        if let lower, try attribute(of: upper.rawValue, "trusted.overlay.opaque") == OverlayMarks.opaque.value
        {
            // Of what is below only the names are left that the layer has as well.
            let known = Set(own)
            all += try names(in: lower).filter { !known.contains($0) }
        }
        all.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        for name in all {
            let whole = path.appending(name)
            let before = try lower.flatMap { try fileStatusIfPresent(at: $0.rawValue, name) }
            guard let now = try fileStatusIfPresent(at: upper.rawValue, name), !now.isWhiteout else {
                if before != nil { changes.append(LayerChange(path: whole, kind: .deleted)) }
                continue
            }
            try compare(name, now, before, upper, lower, path: whole, depth: depth)
        }
    }

    private mutating func compare(
        _ name: RawPath, _ now: FileStatus, _ before: FileStatus?, _ upper: SharedDescriptor,
        _ lower: SharedDescriptor?, path: RawPath, depth: Int
    ) throws {
        let index = changes.count
        if now.kind == .directory, let child = try child(name, of: upper) {
            let below = before?.kind == .directory ? try lower.flatMap { try self.child(name, of: $0) } : nil
            try compare(child, below, path: path, depth: depth + 1)
        }
        guard let before, let lower else {
            return changes.insert(LayerChange(path: path, kind: .added), at: index)
        }
        let hasChildren = changes.count > index
        if try hasChildren || differs(name, now, before, upper, lower) {
            changes.insert(LayerChange(path: path, kind: .modified), at: index)
        }
    }

    /// Whether the two are different as Docker tells: for directories, size and time do not count.
    private func differs(
        _ name: RawPath, _ now: FileStatus, _ before: FileStatus, _ upper: SharedDescriptor,
        _ lower: SharedDescriptor
    ) throws -> Bool {
        if now.kind != before.kind || now.mode != before.mode || now.userID != before.userID
            || now.groupID != before.groupID || now.nodeMajor != before.nodeMajor
            || now.nodeMinor != before.nodeMinor
        {
            return true
        }
        if now.kind != .directory, now.sizeBytes != before.sizeBytes || !isSame(now.modified, before.modified)
        {
            return true
        }
        return try capability(name, upper) != capability(name, lower)
    }

    /// Times are the same if one of them has no fraction: a layer's tar may have lost it.
    private func isSame(_ left: FileTime, _ right: FileTime) -> Bool {
        left.seconds == right.seconds
            && (left.nanoseconds == right.nanoseconds || left.nanoseconds == 0 || right.nanoseconds == 0)
    }

    private func capability(_ name: RawPath, _ directory: SharedDescriptor) throws -> [UInt8]? {
        try attributes(at: directory.rawValue, name).first { $0.name == RawPath("security.capability") }?
            .value
    }

    private func child(_ name: RawPath, of directory: SharedDescriptor) throws -> SharedDescriptor? {
        do throws(SystemError) {
            return SharedDescriptor(try openFile(at: directory.rawValue, name, Self.flags))
        } catch {
            if error.code == .noEntry || error.code == .notDirectory || error.code == .loop { return nil }
            throw error
        }
    }

    private func names(in directory: SharedDescriptor) throws -> [RawPath] {
        var stream = try DirectoryStream(openFile(at: directory.rawValue, RawPath("."), Self.flags))
        var names: [RawPath] = []
        while let entry = try stream.next() { names.append(entry.name) }
        return names
    }
}
