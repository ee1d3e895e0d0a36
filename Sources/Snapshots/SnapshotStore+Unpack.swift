internal import ContentStore
internal import Linux
public import OCI
public import TarArchive
public import TarFormat

extension SnapshotStore {
    /// Unpacks a layer from the plain tar stream `source` to where it is found by its diff ID or chain ID.
    ///
    /// `below` are the diff IDs of the layers under it, lowest first. Pass the diff ID if it is known: another one is a
    /// failure. On any failure nothing is left. A layer that needs its parents fails with ``LayerNeedsParent`` where
    /// these are not unpacked yet. The caller commits the record.
    public func unpack(
        _ source: any ByteSource, expected: Digest?, below: [Digest], limits: UnpackLimits = UnpackLimits()
    ) throws -> LayerRecord {
        let temporary = content.temporaryPath("layer")
        try makeDirectory(temporary, mode: 0o755)
        do {
            let (unpacked, diffID) = try unpackAside(source, into: temporary, below: below, limits: limits)
            if let expected, expected != diffID {
                throw SnapshotError.wrongDiffID(expected: expected.description, found: diffID.description)
            }
            // A lowest layer that is special as such has taken the plain name.
            let isTaken = !below.isEmpty && allLayers.contains { $0.key == diffID.hex && $0.needsParent }
            let chain = unpacked.usedParent || isTaken ? ChainID.of(below + [diffID]) : nil
            let record = LayerRecord(
                key: (chain ?? diffID).hex, diffID: diffID, sizeBytes: unpacked.sizeBytes,
                needsParent: chain != nil, definesRoot: unpacked.definesRoot)
            return try publish(record, temporary)
        } catch {
            try? discard(temporary)
            throw error
        }
    }

    /// Unpacks into the empty directory `temporary`, and tells the digest of the plain tar.
    func unpackAside(
        _ source: any ByteSource, into temporary: String, below: [Digest],
        limits: UnpackLimits = UnpackLimits()
    ) throws -> (layer: UnpackedLayer, diffID: Digest) {
        let root = SharedDescriptor(try openFile(temporary, [.readOnly, .directory]))
        let hashing = HashingSource(source)
        let unpacker = LayerUnpacker(root: root, parent: parentView(below), limits: limits, logger: logger)
        let unpacked = try unpacker.unpack(TarReader(hashing))
        return (unpacked, hashing.digest)
    }

    /// Puts the finished directory in its place, unless somebody else did so meanwhile.
    private func publish(_ record: LayerRecord, _ temporary: String) throws -> LayerRecord {
        if let known = allLayers.first(where: { $0.key == record.key }) {
            try discard(temporary)
            return known
        }
        do {
            try renameFile(temporary, to: path(of: record))
        } catch {
            // A crash left a directory without a record there; what is in it is not known to be whole.
            guard error.code == .notEmpty || error.code == .exists else { throw error }
            try discard(path(of: record))
            try renameFile(temporary, to: path(of: record))
        }
        add(record)
        return record
    }

    private func parentView(_ below: [Digest]) -> ParentView {
        if below.isEmpty { return .none }
        if layers(for: below) == nil { return .unavailable }
        return .merged { [self] in SharedDescriptor(try openMerged(below)) }
    }
}
