internal import ContentStore
internal import Linux
public import OCI
public import TarFormat

extension SnapshotStore {
    /// What is wrong with the directory of `layer`, given its plain tar; nil where it is as it was unpacked.
    ///
    /// The tar is unpacked once more beside it, and both trees are compared: that takes the layer's room for a while.
    public func fault(in layer: LayerRecord, unpacking source: any ByteSource, below: [Digest]) throws
        -> String?
    {
        guard fileExists(path(of: layer)) else { return "its directory is missing" }
        let temporary = content.temporaryPath("check")
        try makeDirectory(temporary, mode: 0o755)
        defer { try? discard(temporary) }
        let unpacked = try unpackAside(source, into: temporary, below: below)
        if unpacked.diffID != layer.diffID { return "its archive has digest \(unpacked.diffID)" }
        let found = SharedDescriptor(try openFile(path(of: layer), [.readOnly, .directory]))
        let wanted = SharedDescriptor(try openFile(temporary, [.readOnly, .directory]))
        return try TreeComparison().difference(found, wanted)
    }

    /// Puts a layer in the place of one that is broken, from its plain tar.
    public func replace(_ layer: LayerRecord, unpacking source: any ByteSource, below: [Digest]) throws {
        let temporary = content.temporaryPath("repair")
        try makeDirectory(temporary, mode: 0o755)
        do {
            let unpacked = try unpackAside(source, into: temporary, below: below)
            if unpacked.diffID != layer.diffID {
                throw SnapshotError.wrongDiffID(
                    expected: layer.diffID.description, found: unpacked.diffID.description)
            }
            try discard(path(of: layer))
            try renameFile(temporary, to: path(of: layer))
        } catch {
            try? discard(temporary)
            throw error
        }
    }

    /// The names below `layers/` that no record has.
    public func strays() throws -> [String] {
        let known = Set(allLayers.map(\.key))
        return try listDirectory(layersPath).filter { !known.contains($0) }
    }

    /// Removes such a name.
    public func removeStray(_ name: String) throws { try discard("\(layersPath)/\(name)") }
}
