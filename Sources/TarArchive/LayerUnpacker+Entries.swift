internal import Linux
internal import Logging
internal import TarFormat

/// What each kind of entry makes.
extension LayerUnpacker {
    func applyRoot(_ entry: TarEntry) throws {
        guard entry.kind == .directory else {
            throw ArchiveError.refused(entry.path, .malformed, "the root is a directory")
        }
        result.definesRoot = true
        try changeOwner(root.raw, user: entry.userID, group: entry.groupID)
        try set(entry.attributes, on: root.raw, entry.path)
        pending[RawPath([])] = PendingDirectory(
            mode: entry.mode, madeWithMode: 0o10000, modified: entry.modified)
    }

    /// `.wh.name` hides `name` of the layers below, `.wh..wh..opq` everything that they have in this directory.
    func applyWhiteout(_ entry: TarEntry, _ path: CleanPath) throws {
        let isOpaque = path.name.bytes.elementsEqual(OverlayMarks.opaqueName.utf8)
        if !isOpaque && path.name.hasPrefix(OverlayMarks.metadataPrefix) { return }
        let hidden = RawPath(path.name.bytes.dropFirst(OverlayMarks.whiteoutPrefix.utf8.count))
        let isDots = hidden.bytes.elementsEqual([0x2e]) || hidden.bytes.elementsEqual([0x2e, 0x2e])
        if hidden.isEmpty || isDots { throw ArchiveError.refused(entry.path, .malformed, "invalid whiteout") }
        // Nothing below can be hidden; overlayfs would show a mark in the lowest layer as a broken name.
        if case .none = parent {
            result.usedParent = true
            return
        }
        let directory = try self.directory(path.parent)
        if isOpaque { return try markOpaque(directory) }
        switch try fileStatusIfPresent(at: directory.raw, hidden) {
        case nil:
            if opaqueDirectories.contains(directory.path) { return }
            try Linux.makeNode(at: directory.raw, hidden, kind: .characterDevice, mode: 0)
        case let status? where status.kind == .directory:
            // The directory is this layer's own, and what lies below under its name is gone.
            try markOpaque(self.directory(directory.path.appending(hidden)))
        default: break
        }
    }

    func makeDirectory(_ entry: TarEntry, _ path: CleanPath, in directory: OpenDirectory) throws {
        let madeWith = (entry.mode & 0o777) | 0o700
        var hidesBelow = false
        var exists = false
        do {
            try Linux.makeDirectory(at: directory.raw, path.name, mode: madeWith)
        } catch {
            if error.code != .exists { throw error }
            let status = try fileStatus(at: directory.raw, path.name)
            exists = status.kind == .directory
            if !exists {
                hidesBelow = status.isWhiteout
                forgetDirectories()
                try removeFile(at: directory.raw, path.name)
                try Linux.makeDirectory(at: directory.raw, path.name, mode: madeWith)
            }
        }
        if exists || entry.userID != 0 || entry.groupID != 0 {
            try changeOwner(at: directory.raw, path.name, user: entry.userID, group: entry.groupID)
        }
        let real = directory.path.appending(path.name)
        pending[real] = PendingDirectory(
            mode: entry.mode, madeWithMode: exists ? 0o10000 : madeWith & ~modeMask, modified: entry.modified)
        if hidesBelow || !entry.attributes.isEmpty {
            let opened = try openFile(at: directory.raw, path.name, [.readOnly, .directory, .noFollow])
            let made = OpenDirectory(descriptor: SharedDescriptor(opened), path: real)
            if hidesBelow { try markOpaque(made) }
            try set(entry.attributes, on: made.raw, entry.path)
        }
    }

    func makeFile(
        _ entry: TarEntry, _ path: CleanPath, in directory: OpenDirectory, _ reader: TarReader
    ) throws {
        let flags: OpenFlags = [.writeOnly, .create, .exclusive, .noFollow]
        let file = SharedDescriptor(
            try replacing(path, in: directory) { () throws(SystemError) in
                try openFile(at: directory.raw, path.name, flags, mode: entry.mode & 0o777)
            })
        try reader.writeContent(of: entry, to: file.rawValue, reserving: reserve)
        try finishFile(entry, file.rawValue)
    }

    /// Owner first, as it clears the bits and attributes that come after; the time last.
    private func finishFile(_ entry: TarEntry, _ file: Int32) throws {
        let isOwned = entry.userID != 0 || entry.groupID != 0
        if isOwned { try changeOwner(file, user: entry.userID, group: entry.groupID) }
        if entry.mode & 0o777 & ~modeMask != entry.mode { try changeMode(file, entry.mode) }
        try set(entry.attributes, on: file, entry.path)
        try setTimes(file, entry.modified)
    }

    /// Runs `make`, and once more after the name was freed of what an earlier entry put there.
    private func replacing(
        _ path: CleanPath, in directory: OpenDirectory, _ make: () throws(SystemError) -> OwnedDescriptor
    ) throws -> OwnedDescriptor {
        do {
            return try make()
        } catch {
            if error.code != .exists { throw error }
        }
        try free(path, in: directory)
        return try make()
    }

    private func free(_ path: CleanPath, in directory: OpenDirectory) throws {
        forgetDirectories()
        try removeTree(at: directory.raw, path.name)
    }

    func makeNode(_ entry: TarEntry, _ path: CleanPath, in directory: OpenDirectory) throws {
        if entry.kind == .symbolicLink && entry.linkTarget.isEmpty {
            throw ArchiveError.refused(entry.path, .malformed, "a link to nothing")
        }
        func make() throws(SystemError) {
            switch entry.kind {
            case .symbolicLink:
                try makeSymbolicLink(at: directory.raw, path.name, target: entry.linkTarget)
            default:
                let kind: FileStatus.Kind =
                    switch entry.kind {
                    case .characterDevice: .characterDevice
                    case .blockDevice: .blockDevice
                    default: .fifo
                    }
                try Linux.makeNode(
                    at: directory.raw, path.name, kind: kind, mode: entry.mode & 0o777,
                    major: entry.deviceMajor,
                    minor: entry.deviceMinor)
            }
        }
        do {
            try make()
        } catch {
            if error.code != .exists { throw error }
            try free(path, in: directory)
            try make()
        }
        if entry.userID != 0 || entry.groupID != 0 {
            try changeOwner(at: directory.raw, path.name, user: entry.userID, group: entry.groupID)
        }
        if entry.kind != .symbolicLink, entry.mode & 0o777 & ~modeMask != entry.mode {
            try changeMode(at: directory.raw, path.name, entry.mode)
        }
        for attribute in entry.attributes where isAllowed(attribute, entry.path) {
            try tolerating(attribute, entry.path) { () throws(SystemError) in
                try setAttribute(at: directory.raw, path.name, attribute)
            }
        }
        try setTimes(at: directory.raw, path.name, entry.modified)
    }

    /// Links two names of this layer; the target may come from a layer below, and is then copied up first.
    func makeHardLink(_ entry: TarEntry, _ path: CleanPath, in directory: OpenDirectory) throws {
        let target: CleanPath
        do {
            target = try CleanPath(entry.linkTarget, maximumBytes: limits.maximumPathBytes)
        } catch let error as ArchiveError {
            throw ArchiveError.refused(
                entry.path, error.kind, "hard link to \"\(entry.linkTarget)\" leads out of the root")
        }
        let targetDirectory = try self.directory(target.parent)
        if target.isRoot {
            throw ArchiveError.refused(entry.path, .malformed, "a hard link to the root directory")
        }
        if targetDirectory.path == directory.path && target.name == path.name {
            throw ArchiveError.refused(entry.path, .malformed, "a hard link to itself")
        }
        let status = try fileStatusIfPresent(at: targetDirectory.raw, target.name)
        if status == nil { try copyUp(target, in: targetDirectory, for: entry) }
        if status?.kind == .directory || status?.isWhiteout == true {
            throw ArchiveError.refused(
                entry.path, .malformed, "a hard link to \"\(target.whole)\", which is no file")
        }
        func link() throws(SystemError) {
            try Linux.makeHardLink(at: directory.raw, path.name, to: target.name, in: targetDirectory.raw)
        }
        do {
            try link()
        } catch {
            if error.code != .exists { throw error }
            try free(path, in: directory)
            try link()
        }
    }

    private func copyUp(_ target: CleanPath, in directory: OpenDirectory, for entry: TarEntry) throws {
        let real = directory.path.appending(target.name)
        guard let below = try parentEntry(real), below.status.kind != .directory else {
            throw ArchiveError.refused(
                entry.path, .malformed, "a hard link to \"\(target.whole)\", which is not there")
        }
        guard case .merged = parent, let view = parentRoot else { throw LayerNeedsParent() }
        let parentDirectory = SharedDescriptor(
            try directory.path.isEmpty
                ? view.duplicate()
                : openConfined(
                    root: view.rawValue, directory.path, [.path, .directory],
                    resolve: [.beneath, .noSymlinks, .noMagicLinks]))
        try reserve(below.status.sizeBytes)
        try TreeCopier().copyNode(
            from: parentDirectory.rawValue, target.name, below.status, to: directory.raw, target.name)
    }

    // MARK: Attributes

    func set(_ attributes: [ExtendedAttribute], on descriptor: Int32, _ path: RawPath) throws {
        for attribute in attributes where isAllowed(attribute, path) {
            try set(attribute, on: descriptor, path)
        }
    }

    func set(_ attribute: ExtendedAttribute, on descriptor: Int32, _ path: RawPath) throws {
        try tolerating(attribute, path) { () throws(SystemError) in try setAttribute(descriptor, attribute) }
    }

    /// Overlayfs's own attributes are never taken from an archive: they would let one layer rewrite others.
    private func isAllowed(_ attribute: ExtendedAttribute, _ path: RawPath) -> Bool {
        if !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) { return true }
        logger.warning(
            "attribute left out",
            metadata: ["path": "\(path)", "attribute": "\(attribute.name)", "reason": "overlayfs"])
        return false
    }

    /// A file system that does not know an attribute, as Docker sees it, does not make an image useless.
    private func tolerating(
        _ attribute: ExtendedAttribute, _ path: RawPath, _ set: () throws(SystemError) -> Void
    ) throws {
        do {
            try set()
        } catch {
            let isUser = attribute.name.hasPrefix("user.")
            guard error.code == .notSupported || (isUser && error.code == .notPermitted) else { throw error }
            logger.warning(
                "attribute left out",
                metadata: ["path": "\(path)", "attribute": "\(attribute.name)", "reason": "\(error.code)"])
        }
    }
}
