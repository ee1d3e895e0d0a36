public import Linux
public import Logging
public import TarFormat

/// How much an archive may ask for.
public struct UnpackLimits: Sendable {
    public var maximumEntries = 16_000_000
    public var maximumPathBytes = 4095
    /// Of all files' content together, holes left out.
    public var maximumContentBytes = Int64(8) << 40
    /// Room that must stay free on the file system.
    public var reservedBytes: UInt64 = 32 << 20

    public init() {}
}

/// What the layers below the one that is being unpacked show.
public enum ParentView {
    /// There are none.
    case none
    /// They are not there yet: a layer that needs them fails with ``LayerNeedsParent``.
    case unavailable
    /// The root of their merged tree, opened when it is first needed.
    case merged(() throws -> SharedDescriptor)
}

/// The layer names a directory or a link's target only by what is in it: unpack it again once its parents are there.
public struct LayerNeedsParent: Error, Sendable {}

/// What came of unpacking one layer.
public struct UnpackedLayer: Sendable {
    /// The files' sizes together, as Docker counts a layer.
    public var sizeBytes: Int64 = 0
    public var entries = 0
    /// Whether the layers below, or that there are none, had a part in the result: then it fits only there.
    public var usedParent = false
    /// Whether it says what the root directory itself is like.
    public var definesRoot = false
}

/// Unpacks one layer into an empty directory, in overlayfs's form, confined to it whatever the archive says.
///
/// Directories are reached by `openat2` without links, or by a walk that resolves them within the root, and kept
/// open; nobody else may change the tree meanwhile. For one thread. On failure the caller removes the directory.
public final class LayerUnpacker {
    /// A directory's mode and time, set once nothing more is made in it.
    struct PendingDirectory {
        let mode: UInt32
        let madeWithMode: UInt32
        let modified: FileTime
    }

    /// An open directory, with the way to it that has no links in it.
    struct OpenDirectory {
        let descriptor: SharedDescriptor
        let path: RawPath
        var raw: Int32 { descriptor.rawValue }
    }

    let root: OpenDirectory
    let parent: ParentView
    let limits: UnpackLimits
    let modeMask: UInt32
    let logger: Logger
    var result = UnpackedLayer()
    var openDirectories: [RawPath: OpenDirectory] = [:]
    var lastDirectory: (path: RawPath, directory: OpenDirectory)?
    var pending: [RawPath: PendingDirectory] = [:]
    var opaqueDirectories: Set<RawPath> = []
    var parentRoot: SharedDescriptor?
    private var contentBytes: Int64 = 0
    private var nextSpaceCheck: Int64 = 0

    /// Prepares to unpack into `root`, an empty directory that is open for reading.
    public init(
        root: SharedDescriptor, parent: ParentView, limits: UnpackLimits = UnpackLimits(), logger: Logger
    ) {
        self.root = OpenDirectory(descriptor: root, path: RawPath([]))
        self.parent = parent
        self.limits = limits
        self.logger = logger
        modeMask = currentFileModeMask()
    }

    /// Unpacks everything that `reader` has, and the stream behind it to its end.
    public func unpack(_ reader: TarReader) throws -> UnpackedLayer {
        while let entry = try reader.next() {
            result.entries += 1
            if result.entries > limits.maximumEntries {
                throw ArchiveError(.limit, "unpack archive: more than \(limits.maximumEntries) entries")
            }
            do {
                try apply(entry, reader)
            } catch let error as SystemError {
                throw ArchiveError.entry(entry.path, error)
            }
        }
        do {
            try finishDirectories()
        } catch let error as SystemError {
            throw ArchiveError(.system, "unpack archive: \(error)", cause: error)
        }
        try reader.drain()
        return result
    }

    private func apply(_ entry: TarEntry, _ reader: TarReader) throws {
        if entry.kind == .global { return }
        let path = try CleanPath(entry.path, maximumBytes: limits.maximumPathBytes)
        result.sizeBytes += entry.sizeBytes
        if result.sizeBytes > TarReader.sizeLimitBytes {
            throw ArchiveError(.limit, "unpack archive: files of \(result.sizeBytes) bytes")
        }
        if path.isRoot { return try applyRoot(entry) }
        if path.parent.hasPrefix(OverlayMarks.metadataPrefix) { return }
        if path.name.hasPrefix(OverlayMarks.whiteoutPrefix) { return try applyWhiteout(entry, path) }
        let directory = try self.directory(path.parent)
        switch entry.kind {
        case .directory: try makeDirectory(entry, path, in: directory)
        case .file: try makeFile(entry, path, in: directory, reader)
        case .hardLink: try makeHardLink(entry, path, in: directory)
        case .symbolicLink, .characterDevice, .blockDevice, .fifo: try makeNode(entry, path, in: directory)
        case .global: break
        }
    }

    /// Counts `bytes` about to be written, and refuses them where they go beyond the limit or the disk.
    func reserve(_ bytes: Int64) throws {
        contentBytes += bytes
        if contentBytes > limits.maximumContentBytes {
            throw ArchiveError(
                .limit, "unpack archive: more than \(limits.maximumContentBytes) bytes of content")
        }
        if contentBytes < nextSpaceCheck { return }
        nextSpaceCheck = contentBytes + (16 << 20)
        let space = try FileSystemSpace(of: root.raw)
        if space.freeBytes < limits.reservedBytes {
            throw SystemError(call: "write", subject: "layer", code: .noSpace)
        }
    }
}

extension ArchiveError {
    /// The failure of a call on one entry.
    static func entry(_ path: RawPath, _ error: SystemError) -> ArchiveError {
        ArchiveError(.system, "unpack \"\(path)\": \(error)", cause: error)
    }

    static func refused(_ path: RawPath, _ kind: Kind, _ reason: String) -> ArchiveError {
        ArchiveError(kind, "unpack \"\(path)\": \(reason)")
    }
}
