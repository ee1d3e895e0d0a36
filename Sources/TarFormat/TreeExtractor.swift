public import Linux

/// Puts an archive's entries into a directory as `docker cp` does, confined to a root whose owner may change it meanwhile.
///
/// Every way is resolved by `openat2` within the root, every last name is used without following links, and owner,
/// mode and times are set on descriptors: at no moment can a link that is put in the way lead out. For one thread.
public final class TreeExtractor {
    /// What is done beside putting files in their places.
    public struct Options: Sendable {
        /// Refuse to put a directory in a file's place, and the other way round.
        public var keepsKinds = false
        /// Give files to their owners in the archive; otherwise they belong to the caller.
        public var setsOwners = true
        /// Give every file to this user and group instead.
        public var owner: (user: UInt32, group: UInt32)?
        /// Refuse symbolic links that say a way out of the place by `..`, as the docker command does.
        public var refusesClimbingLinks = false
        /// Put the second in the place of the first in every name, where it is first found.
        public var rename: (from: [UInt8], to: [UInt8])?
        /// How the place is called in messages; empty for names relative to it.
        public var shownPlace = ""
        /// How ways below the root are resolved.
        public var resolve: ResolveFlags = [.inRoot, .noMagicLinks]

        public init() {}
    }

    private let root: SharedDescriptor
    /// The place in the root; empty for the root itself.
    private let place: RawPath
    private let placeName: String
    private let options: Options
    private var last: (path: RawPath, directory: SharedDescriptor)?
    private var directories: [(path: ExtractionPath, modified: FileTime)] = []

    /// Extracts to the directory `place`, which must be there, below `root` (`O_PATH` is enough).
    ///
    /// `placeName` is what messages call it.
    public init(root: SharedDescriptor, place: RawPath, placeName: String, options: Options) {
        self.root = root
        self.place = RawPath(place.bytes.drop { $0 == 0x2f })
        self.placeName = placeName
        self.options = options
    }

    /// Extracts everything that `reader` has, and the stream behind it to its end.
    public func extract(_ reader: TarReader) throws {
        while let entry = try reader.next() {
            if entry.kind == .global { continue }
            let entry = renamed(entry)
            guard let path = ExtractionPath(entry.path) else {
                throw ArchiveError(.escape, "invalid entry name \"\(entry.path)\"")
            }
            // The place itself is left as it is.
            if path.name == nil { continue }
            try apply(entry, path, reader)
        }
        for (path, modified) in directories.reversed() {
            guard let name = path.name else { continue }
            // Somebody may have taken it away since.
            guard let parent = try? open(path.parent),
                let made = try? openFile(at: parent.rawValue, name, [.readOnly, .directory, .noFollow])
            else { continue }
            try setTimes(made.rawValue, modified)
        }
        try reader.drain()
    }

    private func renamed(_ entry: TarEntry) -> TarEntry {
        guard let rename = options.rename else { return entry }
        func changed(_ path: RawPath) -> RawPath {
            let bytes = Array(path.bytes)
            guard let found = bytes.firstRange(of: rename.from) else {
                return rename.from.isEmpty ? RawPath(rename.to + bytes) : path
            }
            return RawPath(bytes[..<found.lowerBound] + rename.to + bytes[found.upperBound...])
        }
        var copy = entry
        copy.path = changed(entry.path)
        if entry.kind == .hardLink { copy.linkTarget = changed(entry.linkTarget) }
        return copy
    }

    private func apply(_ entry: TarEntry, _ path: ExtractionPath, _ reader: TarReader) throws {
        guard let name = path.name else { return }
        let parent = try directory(ExtractionPath.Parents(path))
        if let found = try told(
            "lstat", path,
            { () throws(SystemError) in
                try fileStatusIfPresent(at: parent.rawValue, name)
            })
        {
            try makeRoom(for: entry, path, found, name, in: parent)
        }
        switch entry.kind {
        case .directory: try makeDirectory(entry, path, name, in: parent)
        case .file: try makeFile(entry, path, name, in: parent, reader)
        case .hardLink: try makeLink(entry, path, name, in: parent)
        case .symbolicLink, .characterDevice, .blockDevice, .fifo: try makeNode(entry, path, name, in: parent)
        case .global: break
        }
    }

    private func makeRoom(
        for entry: TarEntry, _ path: ExtractionPath, _ found: FileStatus, _ name: RawPath,
        in parent: SharedDescriptor
    ) throws {
        let was = found.kind == .directory
        let becomes = entry.kind == .directory
        if options.keepsKinds, was != becomes {
            let words = was ? ("directory", "non-directory") : ("non-directory", "directory")
            throw ArchiveError(
                .conflict, "cannot overwrite \(words.0) \"\(shown(path))\" with \(words.1) \"\(placeName)\"")
        }
        if was && becomes { return }
        if was { last = nil }
        try told("unlinkat", path) { () throws(SystemError) in try removeTree(at: parent.rawValue, name) }
    }

    // MARK: Ways

    /// The directory above an entry, made with what is missing above it.
    private func directory(_ parents: ExtractionPath.Parents) throws -> SharedDescriptor {
        if let last, last.path == parents.whole { return last.directory }
        let opened: SharedDescriptor
        do throws(SystemError) {
            opened = try open(parents.whole)
        } catch {
            if error.code != .noEntry { throw failure("mkdir", parents.whole, error) }
            opened = try makeWay(parents)
        }
        last = (parents.whole, opened)
        return opened
    }

    private func open(_ path: RawPath) throws(SystemError) -> SharedDescriptor {
        let whole = place.isEmpty ? path : path.isEmpty ? place : place.appending(path)
        if whole.isEmpty { return root }
        return SharedDescriptor(
            try openConfined(root: root.rawValue, whole, [.path, .directory], resolve: options.resolve))
    }

    private func makeWay(_ parents: ExtractionPath.Parents) throws -> SharedDescriptor {
        var way: [RawPath] = []
        var here = try told("open", RawPath([]), { () throws(SystemError) in try open(RawPath([])) })
        for name in parents.names {
            way.append(name)
            let path = ExtractionPath.joined(way[...])
            do throws(SystemError) {
                do throws(SystemError) {
                    try Linux.makeDirectory(at: here.rawValue, name, mode: 0o755)
                    if options.setsOwners { try changeOwner(at: here.rawValue, name, user: 0, group: 0) }
                } catch {
                    if error.code != .exists { throw error }
                }
                here = try open(path)
            } catch { throw failure("mkdir", path, error) }
        }
        return here
    }

    // MARK: Entries

    private func makeDirectory(
        _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath, in parent: SharedDescriptor
    ) throws {
        try told("mkdir", path) { () throws(SystemError) in
            do throws(SystemError) {
                try Linux.makeDirectory(at: parent.rawValue, name, mode: entry.mode & 0o777 | 0o700)
            } catch {
                if error.code != .exists { throw error }
            }
        }
        let made = try told("open", path) { () throws(SystemError) in
            SharedDescriptor(try openFile(at: parent.rawValue, name, [.readOnly, .directory, .noFollow]))
        }
        try finish(entry, path, made)
        directories.append((path, entry.modified))
    }

    private func makeFile(
        _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath, in parent: SharedDescriptor,
        _ reader: TarReader
    ) throws {
        let flags: OpenFlags = [.writeOnly, .create, .exclusive, .noFollow]
        let file = try told("open", path) { () throws(SystemError) in
            SharedDescriptor(
                try openFile(at: parent.rawValue, name, flags, mode: entry.mode & 0o777 | 0o200))
        }
        do {
            try reader.writeContent(of: entry, to: file.rawValue)
        } catch let error as SystemError {
            throw failure("write", path.whole, error)
        }
        try finish(entry, path, file)
    }

    private func finish(_ entry: TarEntry, _ path: ExtractionPath, _ made: SharedDescriptor) throws {
        if let owner = owner(of: entry) {
            try told("lchown", path) { () throws(SystemError) in
                try changeOwner(made.rawValue, user: owner.user, group: owner.group)
            }
        }
        for attribute in entry.attributes where !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
            try tolerating(path) { () throws(SystemError) in try setAttribute(made.rawValue, attribute) }
        }
        try told("chmod", path) { () throws(SystemError) in try changeMode(made.rawValue, entry.mode) }
        if entry.kind == .file {
            try told("chtimes", path) { () throws(SystemError) in try setTimes(made.rawValue, entry.modified)
            }
        }
    }

    private func makeLink(
        _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath, in parent: SharedDescriptor
    ) throws {
        guard let target = ExtractionPath(entry.linkTarget), let targetName = target.name else {
            throw ArchiveError(.escape, "invalid hardlink target \"\(entry.linkTarget)\"")
        }
        try told("link", path) { () throws(SystemError) in
            let directory = try open(target.parent)
            try Linux.makeHardLink(
                at: parent.rawValue, name, to: targetName, in: directory.rawValue)
        }
    }

    private func makeNode(
        _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath, in parent: SharedDescriptor
    ) throws {
        switch entry.kind {
        case .symbolicLink:
            if options.refusesClimbingLinks, climbs(entry.linkTarget, from: path) {
                throw ArchiveError(
                    .escape, "invalid symlink \"\(shown(path))\" -> \"\(entry.linkTarget)\"")
            }
            try told("symlink", path) { () throws(SystemError) in
                try makeSymbolicLink(at: parent.rawValue, name, target: entry.linkTarget)
            }
        case .characterDevice: try make(.characterDevice, entry, path, name, in: parent)
        case .blockDevice: try make(.blockDevice, entry, path, name, in: parent)
        default: try make(.fifo, entry, path, name, in: parent)
        }
        if let owner = owner(of: entry) {
            try told("lchown", path) { () throws(SystemError) in
                try changeOwner(at: parent.rawValue, name, user: owner.user, group: owner.group)
            }
        }
        for attribute in entry.attributes where !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
            try tolerating(path) { () throws(SystemError) in
                try setAttribute(at: parent.rawValue, name, attribute)
            }
        }
        if entry.kind != .symbolicLink { try changeNodeMode(entry, path, name, in: parent) }
        try told("chtimes", path) { () throws(SystemError) in
            try setTimes(at: parent.rawValue, name, entry.modified)
        }
    }

    private func make(
        _ kind: FileStatus.Kind, _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath,
        in parent: SharedDescriptor
    ) throws {
        try told("mknod", path) { () throws(SystemError) in
            try Linux.makeNode(
                at: parent.rawValue, name, kind: kind, mode: entry.mode & 0o777, major: entry.deviceMajor,
                minor: entry.deviceMinor)
        }
    }

    /// The mode of a node by a descriptor of it: by its name, `chmod` would follow a link that took its place.
    private func changeNodeMode(
        _ entry: TarEntry, _ path: ExtractionPath, _ name: RawPath, in parent: SharedDescriptor
    ) throws {
        try told("chmod", path) { () throws(SystemError) in
            let made = try openFile(at: parent.rawValue, name, [.path, .noFollow])
            if try fileStatus(of: made.rawValue).kind == .symbolicLink { return }
            try changeMode(at: -100, RawPath("/proc/self/fd/\(made.rawValue)"), entry.mode)
        }
    }

    private func owner(of entry: TarEntry) -> (user: UInt32, group: UInt32)? {
        guard options.setsOwners else { return nil }
        return options.owner ?? (entry.userID, entry.groupID)
    }

    /// Whether a link at `path` that says `target` leads above the place by its words alone; an absolute one counts
    /// from the link's own directory, as the docker command reads it.
    private func climbs(_ target: RawPath, from path: ExtractionPath) -> Bool {
        var depth = path.components.count - 1
        for part in target.bytes.split(separator: 0x2f) {
            if part.elementsEqual([0x2e]) { continue }
            depth += part.elementsEqual([0x2e, 0x2e]) ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    // MARK: Failures

    private func shown(_ path: ExtractionPath) -> String {
        options.shownPlace.isEmpty ? "\(path.whole)" : "\(options.shownPlace)/\(path.whole)"
    }

    private func failure(_ operation: String, _ path: RawPath, _ error: SystemError) -> ArchiveError {
        let base = placeName == "/" ? "" : placeName
        return ArchiveError(
            .system, "\(operation) \(path.isEmpty ? placeName : "\(base)/\(path)"): \(error.code.reason)",
            cause: error)
    }

    private func told<R>(
        _ operation: String, _ path: ExtractionPath, _ body: () throws(SystemError) -> R
    ) throws -> R { try told(operation, path.whole, body) }

    /// Runs `body`; its failure in Go's words: the operation, the path, the reason.
    private func told<R>(
        _ operation: String, _ path: RawPath, _ body: () throws(SystemError) -> R
    ) throws -> R {
        do throws(SystemError) { return try body() } catch { throw failure(operation, path, error) }
    }

    /// A file system or a user that cannot have an attribute goes without.
    private func tolerating(_ path: ExtractionPath, _ body: () throws(SystemError) -> Void) throws {
        do throws(SystemError) { try body() } catch {
            if error.code == .notSupported || error.code == .notPermitted { return }
            throw failure("lsetxattr", path.whole, error)
        }
    }
}

extension ExtractionPath {
    /// The directories above an entry.
    struct Parents {
        let names: ArraySlice<RawPath>
        let whole: RawPath

        init(_ path: ExtractionPath) {
            names = path.components.dropLast()
            whole = ExtractionPath.joined(names)
        }
    }
}
