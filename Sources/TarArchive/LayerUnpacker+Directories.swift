internal import Linux
internal import TarFormat

/// Ways through the tree, and the directories on them.
extension LayerUnpacker {
    private static let maximumOpen = 96
    private static let maximumLinks = 40
    private static let flags: OpenFlags = [.readOnly, .directory, .noFollow]

    /// The directory at `path` (clean), made with what is missing above it.
    func directory(_ path: RawPath) throws -> OpenDirectory {
        if path.isEmpty { return root }
        if let lastDirectory, lastDirectory.path == path { return lastDirectory.directory }
        if let known = openDirectories[path] {
            lastDirectory = (path, known)
            return known
        }
        let opened = try open(path)
        remember(opened, at: path)
        return opened
    }

    func remember(_ directory: OpenDirectory, at path: RawPath) {
        if openDirectories.count >= Self.maximumOpen { openDirectories.removeAll(keepingCapacity: true) }
        openDirectories[path] = directory
        lastDirectory = (path, directory)
    }

    /// Forgets every open directory, as one of them may be gone.
    func forgetDirectories() {
        openDirectories.removeAll(keepingCapacity: true)
        lastDirectory = nil
    }

    private func open(_ path: RawPath) throws -> OpenDirectory {
        do {
            return OpenDirectory(descriptor: SharedDescriptor(try openPlain(path)), path: path)
        } catch {
            switch error.code {
            case .noEntry, .loop, .notDirectory: return try walk(path)
            default: throw error
            }
        }
    }

    /// Opens a directory of this layer by a path without links.
    private func openPlain(_ path: RawPath) throws(SystemError) -> OwnedDescriptor {
        try openConfined(root: root.raw, path, Self.flags, resolve: [.beneath, .noSymlinks, .noMagicLinks])
    }

    /// Goes to `path` name by name: links are resolved within the root, what is missing is made.
    private func walk(_ path: RawPath) throws -> OpenDirectory {
        var ahead = Array(Self.names(path).reversed())
        var way: [OpenDirectory] = []
        var links = 0
        func follow(_ target: RawPath) throws {
            links += 1
            if links > Self.maximumLinks { throw ArchiveError.refused(path, .escape, "too many links") }
            if target.bytes.first == 0x2f { way = [] }
            ahead.append(contentsOf: Self.names(target).reversed())
        }
        while let name = ahead.popLast() {
            if name.bytes.elementsEqual([0x2e, 0x2e]) {
                _ = way.popLast()  // Above the root is the root, as after chroot(2).
                continue
            }
            if way.count >= 2048 {
                throw ArchiveError.refused(path, .limit, "more than 2048 directories deep")
            }
            let here = way.last ?? root
            let there = here.path.appending(name)
            switch try fileStatusIfPresent(at: here.raw, name) {
            case let status? where status.kind == .directory:
                way.append(try openChild(name, of: here))
            case let status? where status.kind == .symbolicLink:
                try follow(readSymbolicLink(at: here.raw, name))
            case let status? where status.isWhiteout:
                try removeFile(at: here.raw, name)
                try makeImplied(name, in: here, status: nil)
                let made = try openChild(name, of: here)
                try markOpaque(made)
                way.append(made)
            case .some:
                throw ArchiveError.refused(path, .malformed, "\"\(there)\" is not a directory")
            case nil:
                if name.hasPrefix(OverlayMarks.whiteoutPrefix) {
                    throw ArchiveError.refused(path, .malformed, "a whiteout is not a directory")
                }
                let below = try parentEntry(there)
                if let below, below.status.kind == .symbolicLink {
                    try follow(readSymbolicLink(at: below.descriptor.rawValue, RawPath([])))
                    continue
                }
                let isDirectory = below?.status.kind == .directory
                try makeImplied(name, in: here, status: isDirectory ? below?.status : nil)
                let made = try openChild(name, of: here)
                if isDirectory, let below { try copyAttributes(below.descriptor, to: made) }
                way.append(made)
            }
        }
        return way.last ?? root
    }

    private func openChild(_ name: RawPath, of directory: OpenDirectory) throws -> OpenDirectory {
        let opened = try openFile(at: directory.raw, name, Self.flags)
        return OpenDirectory(descriptor: SharedDescriptor(opened), path: directory.path.appending(name))
    }

    /// Makes a directory that no entry describes: like the one below, or as Docker does, 0755 of root.
    private func makeImplied(_ name: RawPath, in directory: OpenDirectory, status: FileStatus?) throws {
        let mode = status?.mode ?? 0o755
        try Linux.makeDirectory(at: directory.raw, name, mode: (mode & 0o777) | 0o700)
        guard let status else {
            // Nobody says when: the same layer is to give the same files whenever it is unpacked.
            pending[directory.path.appending(name)] = PendingDirectory(
                mode: mode, madeWithMode: 0o7777, modified: FileTime(seconds: 0, nanoseconds: 0))
            return
        }
        if status.userID != 0 || status.groupID != 0 {
            try changeOwner(at: directory.raw, name, user: status.userID, group: status.groupID)
        }
        pending[directory.path.appending(name)] = PendingDirectory(
            mode: mode, madeWithMode: 0o7777, modified: status.modified)
    }

    private func copyAttributes(_ from: SharedDescriptor, to made: OpenDirectory) throws {
        // An O_PATH descriptor has none of the calls for attributes: ask by its /proc path.
        for attribute in try attributes(at: from.rawValue, RawPath([]))
        where !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
            try set(attribute, on: made.raw, made.path)
        }
    }

    func markOpaque(_ directory: OpenDirectory) throws {
        try setAttribute(directory.raw, OverlayMarks.opaque)
        opaqueDirectories.insert(directory.path)
    }

    /// What the layers below have at `path`, a way without links in this layer.
    func parentEntry(_ path: RawPath) throws -> (descriptor: SharedDescriptor, status: FileStatus)? {
        switch parent {
        case .none:
            // With layers below it, the result would be another.
            result.usedParent = true
            return nil
        case .unavailable: throw LayerNeedsParent()
        case .merged(let open):
            result.usedParent = true
            let view = try parentRoot ?? open()
            parentRoot = view
            do {
                let found = SharedDescriptor(
                    try openConfined(
                        root: view.rawValue, path, [.path, .noFollow],
                        resolve: [.beneath, .noSymlinks, .noMagicLinks]))
                return (found, try fileStatus(of: found.rawValue))
            } catch {
                switch error.code {
                case .noEntry, .notDirectory, .loop: return nil
                default: throw error
                }
            }
        }
    }

    /// Gives every directory its mode and time, now that nothing more is made in it.
    func finishDirectories() throws {
        forgetDirectories()
        for (path, directory) in pending {
            let opened: OwnedDescriptor
            do {
                opened = path.isEmpty ? try root.descriptor.duplicate() : try openPlain(path)
            } catch {
                // A later entry put something else in its place.
                switch error.code {
                case .noEntry, .notDirectory, .loop: continue
                default: throw error
                }
            }
            if directory.mode != directory.madeWithMode { try changeMode(opened.rawValue, directory.mode) }
            try setTimes(opened.rawValue, directory.modified)
        }
    }

    static func names(_ path: RawPath) -> [RawPath] {
        path.bytes.split(separator: 0x2f).filter { !$0.elementsEqual([0x2e]) }.map { RawPath($0) }
    }
}
