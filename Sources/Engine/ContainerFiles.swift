internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import RuntimeClient
internal import TarArchive
internal import TarFormat

/// A container's files, for threads that may block.
///
/// The container goes on meanwhile and may change what it likes: every way is resolved within the view's root.
struct ContainerFiles: Sendable {
    let view: RootView
    /// The container as the client named it, for messages.
    let name: String

    private var root: Int32 { view.root.rawValue }

    /// What lies at `path`: a link itself, unless the path says that it is a directory.
    func stat(_ path: ContainerPath) throws -> PathStat {
        let (status, _) = try find(path)
        var answer = PathStat()
        answer.name = path.base
        answer.size = status.sizeBytes
        answer.mode = PathStat.permissions(status.mode) | Self.typeBits(status.kind)
        answer.mtime =
            Timestamp(
                nanoseconds: status.modified.seconds &* 1_000_000_000 &+ Int64(status.modified.nanoseconds)
            ).rfc3339
        if status.kind == .symbolicLink { answer.linkTarget = try evaluated(path.clean) }
        return answer
    }

    private static func typeBits(_ kind: FileStatus.Kind) -> UInt32 {
        switch kind {
        case .regular: 0
        case .directory: PathStat.Bits.directory
        case .symbolicLink: PathStat.Bits.symbolicLink
        case .blockDevice: PathStat.Bits.device
        case .characterDevice: PathStat.Bits.device | PathStat.Bits.characterDevice
        case .fifo: PathStat.Bits.namedPipe
        case .socket: PathStat.Bits.socket
        case .unknown: PathStat.Bits.irregular
        }
    }

    private func find(_ path: ContainerPath) throws -> (FileStatus, SharedDescriptor) {
        let flags: OpenFlags = path.ending == .none ? [.path, .noFollow] : [.path, .directory]
        do throws(SystemError) {
            let found = SharedDescriptor(
                try openConfined(root: root, ContainerPath.relative(path.clean), flags))
            return (try fileStatus(of: found.rawValue), found)
        } catch {
            throw failure("lstat", path.full, error, asked: path.text)
        }
    }

    /// Where `path` leads once every link is followed, as far as there is something.
    func evaluated(_ path: String) throws -> String {
        var ahead = path.split(separator: "/").reversed().map { String($0) }
        var way: [String] = []
        var links = 0
        while let name = ahead.popLast() {
            if name == "." { continue }
            if name == ".." {
                _ = way.popLast()
                continue
            }
            way.append(name)
            guard let place = try? openConfined(root: root, way.joined(separator: "/"), [.path, .noFollow]),
                let status = try? fileStatus(of: place.rawValue), status.kind == .symbolicLink,
                let target = try? readSymbolicLink(at: place.rawValue, RawPath([]))
            else { continue }
            links += 1
            if links > 255 { throw EngineError(.system, "too many links in \(path)") }
            way.removeLast()
            if target.bytes.first == 0x2f { way = [] }
            ahead += target.description.split(separator: "/").reversed().map { String($0) }
        }
        return "/" + way.joined(separator: "/")
    }

    // MARK: Out

    /// Sends what lies at `path` as a tar, named by the path's last name, and ends `pipe`.
    func archive(_ path: ContainerPath, isDirectory: Bool, to pipe: BytePipe) {
        Self.sendTar(to: pipe) { archiver in
            if isDirectory {
                let directory = SharedDescriptor(
                    try openConfined(root: root, ContainerPath.relative(path.clean), [.readOnly, .directory]))
                try archiver.write(directory, prefix: RawPath(path.base))
            } else {
                let parent = SharedDescriptor(
                    try openConfined(root: root, ContainerPath.relative(path.parent), [.path, .directory]))
                try archiver.write(RawPath(path.base), in: parent, as: RawPath(path.base))
            }
        }
    }

    /// Sends the whole tree as a tar, and ends `pipe`.
    func export(to pipe: BytePipe) {
        Self.sendTar(to: pipe) { archiver in
            try archiver.write(SharedDescriptor(try openConfined(root: root, ".", [.readOnly, .directory])))
        }
    }

    private static func sendTar(to pipe: BytePipe, _ body: (TreeArchiver) throws -> Void) {
        let sink = ChunkSink(pipe)
        let writer = TarWriter(sink.write, filling: sink.fill)
        do {
            // As in Docker, a file that cannot be read is left out.
            try body(TreeArchiver(writer, detail: .plain) { _, _ in })
            try writer.finish()
            try sink.flush()
            pipe.finish()
        } catch {
            pipe.finish(throwing: error)
        }
    }

    // MARK: In

    /// Extracts a tar stream, plain or compressed, to the directory at `path`.
    func extract(
        _ source: any ByteSource, to path: ContainerPath, _ options: ArchiveExtractOptions,
        user: String, isRootReadOnly: Bool
    ) throws {
        let place = try evaluated(path.clean)
        do {
            let directory = try openConfined(root: root, ContainerPath.relative(place), [.path])
            let status = try fileStatus(of: directory.rawValue)
            guard status.kind == .directory else {
                throw EngineError(.invalidParameter, "extraction point is not a directory")
            }
            let isInRoot = try status.device == fileStatus(of: root).device
            if isInRoot && isRootReadOnly {
                throw EngineError(.invalidParameter, "container rootfs is marked read-only")
            }
            if isOnReadOnlyMount(directory.rawValue) {
                throw EngineError(.invalidParameter, "mounted volume is marked read-only")
            }
        } catch let error as SystemError {
            throw failure("lstat", place, error, asked: path.text)
        }
        var settings = TreeExtractor.Options()
        settings.keepsKinds = options.noOverwriteDirNonDir
        if options.copyUIDGID, !user.isEmpty { settings.owner = try owner(user) }
        let extractor = TreeExtractor(
            root: view.root, place: RawPath(place), placeName: place, options: settings)
        do {
            try extractor.extract(TarReader(DecompressingSource(ProgramDecompressingSource(source))))
        } catch let
            error as ArchiveError
        {
            throw translated(error, path)
        }
    }

    private func translated(_ error: ArchiveError, _ path: ContainerPath) -> EngineError {
        switch error.kind {
        case .truncated: return EngineError(.system, "unexpected EOF", cause: error)
        case .malformed where error.description == "read tar: invalid header":
            return EngineError(.system, "archive/tar: invalid tar header", cause: error)
        case .system where error.cause?.code == .noEntry: return notFound(path.text)
        default: return EngineError(.system, error.description, cause: error)
        }
    }

    /// The container's user as its own passwd and group files have it.
    private func owner(_ text: String) throws -> (user: UInt32, group: UInt32) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts.first ?? ""
        let group = parts.count > 1 ? parts[1] : ""
        let known = accountLines("passwd", below: root).first {
            $0.first == name || $0.count > 2 && $0[2] == name
        }
        var owner: (user: UInt32, group: UInt32)
        if let known, known.count > 3, let user = UInt32(known[2]), let own = UInt32(known[3]) {
            owner = (user, own)
        } else if let user = UInt32(name) {
            owner = (user, 0)
        } else {
            throw EngineError(
                .invalidParameter,
                "failed to look up user \"\(name)\" in container: no matching entries in passwd file")
        }
        if group.isEmpty { return owner }
        let found = accountLines("group", below: root).first {
            $0.first == group || $0.count > 2 && $0[2] == group
        }
        guard let id = found.flatMap({ $0.count > 2 ? UInt32($0[2]) : nil }) ?? UInt32(group) else {
            throw EngineError(
                .invalidParameter,
                "failed to look up group \"\(group)\" in container: no matching entries in group file")
        }
        owner.group = id
        return owner
    }

    // MARK: Failures

    private func notFound(_ path: String) -> EngineError {
        EngineError(.notFound, "Could not find the file \(path) in container \(name)")
    }

    private func failure(
        _ operation: String, _ path: String, _ error: SystemError, asked: String
    ) -> EngineError {
        if error.code == .noEntry { return notFound(asked) }
        return EngineError(.system, "\(operation) \(path): \(error.code.reason)", cause: error)
    }
}

/// The fields of each line of `/etc/passwd` or `/etc/group` below a container's root; none where there is no such file.
func accountLines(_ name: String, below root: Int32) -> [[String]] {
    // The container may have made it a pipe or a device, which act on being opened: first a look at what it is.
    guard let place = try? openConfined(root: root, "etc/\(name)", .path),
        let kind = try? fileStatus(of: place.rawValue).kind, kind == .regular,
        let file = try? openFile("/proc/self/fd/\(place.rawValue)", .readOnly),
        let bytes = try? readAll(file.rawValue, limitBytes: 4 << 20)
    else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
        line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
}

/// Puts small pieces together before they go into a pipe. For one thread.
final class ChunkSink {
    /// Below what malloc(3) maps from the kernel, and gives back to it, every time.
    private static let chunkBytes = 120 << 10
    private let pipe: BytePipe
    private var chunk: [UInt8] = []

    init(_ pipe: BytePipe) { self.pipe = pipe }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if chunk.isEmpty { chunk.reserveCapacity(Self.chunkBytes + 1024) }
        chunk.append(contentsOf: bytes)
        if chunk.count >= Self.chunkBytes { try flush() }
    }

    /// Has `read` put up to `limit` bytes into the chunk itself.
    func fill(_ limit: Int, _ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Int {
        if chunk.count >= Self.chunkBytes / 4 { try flush() }
        let held = chunk
        chunk = []
        var got = 0
        chunk = try [UInt8](
            unsafeUninitializedCapacity: min(held.count + limit, Self.chunkBytes)
        ) { raw, count in
            let space = UnsafeMutableRawBufferPointer(raw)
            space.copyBytes(from: held)
            got = try read(UnsafeMutableRawBufferPointer(rebasing: space[held.count...]))
            count = held.count + got
        }
        if chunk.count >= Self.chunkBytes / 2 { try flush() }
        return got
    }

    func flush() throws {
        if chunk.isEmpty { return }
        let full = chunk
        chunk = []
        try pipe.sendBlocking(full)
    }
}
