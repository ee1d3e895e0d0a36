import Linux
import Logging
import TarArchive
import TarFormat

/// A directory that layers are unpacked into, gone with the value.
final class Unpacking {
    let base: String
    var path: String { base + "/layer" }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        base = "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectories(base + "/layer")
        try makeDirectories(base + "/below")
        try makeDirectories(base + "/outside")
        try writeFile(base + "/outside/secret", "secret")
    }

    deinit { try? removeTree(base) }

    /// Unpacks `bytes` into ``path``; with `parent`, ``base``/below is what the layers below show.
    @discardableResult
    func unpack(
        _ bytes: [UInt8], parent: Bool = false, limits: UnpackLimits = UnpackLimits()
    ) throws -> UnpackedLayer {
        let root = SharedDescriptor(try openFile(path, [.readOnly, .directory]))
        let below = base + "/below"
        let view: ParentView =
            parent ? .merged { SharedDescriptor(try openFile(below, [.readOnly, .directory])) } : .none
        let unpacker = LayerUnpacker(root: root, parent: view, limits: limits, logger: logger)
        return try unpacker.unpack(TarReader(DecompressingSource(ChunkSource(bytes: bytes))))
    }

    func status(_ name: String) throws -> FileStatus? { try fileStatusIfPresent(path: path + "/" + name) }
    func text(_ name: String) throws -> String { try readText(path + "/" + name) }

    /// What is outside the layer and must stay as it is.
    var outsideIsUntouched: Bool {
        get throws {
            try listDirectory(base).sorted() == ["below", "layer", "outside"]
                && listDirectory(base + "/outside") == ["secret"]
                && readText(base + "/outside/secret") == "secret"
        }
    }
}
