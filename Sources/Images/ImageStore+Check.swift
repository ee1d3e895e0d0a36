internal import AsyncPrimitives
internal import ContentStore
internal import Linux
public import OCI
internal import Snapshots
internal import StateStore
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// What a check of the store found.
public struct CheckSummary: Sendable, Hashable {
    public var images = 0
    public var layers = 0
    public var blobs = 0
    /// How much was wrong, and how much of that is right again or gone.
    public var problems = 0
    public var repaired = 0
}

extension ImageStore {
    /// Reads everything that the store holds, and tells `report` what is wrong with it, a sentence each.
    ///
    /// Every blob is hashed; every layer is unpacked once more from its blob, and the trees are compared, or archived
    /// again where it was made here. With `repairs`, layers are unpacked anew from blobs that are right, what is broken or
    /// named by nothing is removed, and an image that then lacks a part loses its record: it can be pulled again. Nothing
    /// may come in meanwhile: a pull that begins is not harmed, but what it has not put on record yet may be reported.
    public func check(
        repairs: Bool, inUse: Set<Digest>, report: @escaping @Sendable (String) -> Void
    ) async throws -> CheckSummary {
        try await BlockingPool.shared.run { [self] in
            try whileActive(leavesRest: repairs) {
                var check = StoreCheck(store: self, repairs: repairs, inUse: inUse, report: report)
                return try check.run()
            }
        }
    }

    /// Removes the record of an image that lacks a part, with its names.
    func forget(_ id: Digest) throws -> [String] {
        let names = state.withLock { state in state.names.filter { $0.value.contains(id) } }
            .mapValues { $0.without(id) }
        try store.transaction { transaction in
            try transaction.remove(imageRecords, id.description)
            try write(names, in: transaction)
        }
        state.withLock { state in
            state.images[id] = nil
            state.heldBack[id] = nil
            state.configs[id] = nil
            for (name, rest) in names { state.names[name] = rest }
        }
        return names.keys.sorted()
    }
}

/// One check; for one thread.
private struct StoreCheck {
    let store: ImageStore
    let repairs: Bool
    /// Images that containers were made from: their layers are not taken away.
    let inUse: Set<Digest>
    let report: @Sendable (String) -> Void
    private var summary = CheckSummary()
    private var brokenBlobs: Set<Digest> = []
    /// Keys of layers that are right.
    private var wholeLayers: Set<String> = []

    init(
        store: ImageStore, repairs: Bool, inUse: Set<Digest>, report: @escaping @Sendable (String) -> Void
    ) {
        (self.store, self.repairs, self.inUse, self.report) = (store, repairs, inUse, report)
    }

    private var content: ContentStore { store.content }
    private var snapshots: SnapshotStore { store.snapshots }

    mutating func run() throws -> CheckSummary {
        try checkBlobs()
        for (key, record) in try store.imageRecords.all() {
            summary.images += 1
            try check(record, key: key)
        }
        try checkNames()
        try checkStrays()
        summary.layers = wholeLayers.count
        return summary
    }

    private mutating func problem(_ text: String, repaired: String? = nil) {
        summary.problems += 1
        if let repaired {
            summary.repaired += 1
            report("\(text): \(repaired)")
        } else {
            report(text)
        }
    }

    // MARK: Blobs

    private mutating func checkBlobs() throws {
        for digest in try content.all().sorted(by: { $0.hex < $1.hex }) {
            summary.blobs += 1
            let hashing = HashingSource(DescriptorSource(SharedDescriptor(try content.open(digest))))
            do {
                try hashing.drain()
                if hashing.digest == digest { continue }
            } catch {
                problem("blob \(digest) cannot be read: \(error)")
                brokenBlobs.insert(digest)
                continue
            }
            brokenBlobs.insert(digest)
            let text = "blob \(digest) is broken: its content has digest \(hashing.digest)"
            if repairs {
                try content.remove(digest)
                problem(text, repaired: "removed")
            } else {
                problem(text)
            }
        }
    }

    private func isGood(_ digest: Digest) -> Bool {
        !brokenBlobs.contains(digest) && content.contains(digest)
    }

    // MARK: Images

    private mutating func check(_ record: ImageRecord, key: String) throws {
        var lacks: [String] = []
        if isGood(record.id) {
            let config = try? ImageStore.decode(ImageConfig.self, content.read(record.id), "config")
            if config?.rootFS.diffIDs != record.layers.map(\.diffID) {
                lacks.append("a config with its layers")
            }
        } else {
            lacks.append("its config")
        }
        for index in record.layers.indices {
            let layer = record.layers[index]
            let below = record.layers[..<index].map(\.diffID)
            guard let unpacked = snapshots.layers(for: below + [layer.diffID])?.last else {
                lacks.append("layer \(layer.diffID)")
                continue
            }
            if wholeLayers.contains(unpacked.key) { continue }
            if try !check(unpacked, layer, below: below) { lacks.append("layer \(layer.diffID)") }
        }
        if lacks.isEmpty { return }
        let text = "image \(record.id) lacks \(lacks.joined(separator: ", "))"
        if !repairs { return problem(text) }
        if inUse.contains(record.id) {
            return problem("\(text), and a container was made from it: remove the container first")
        }
        let names = try store.forget(record.id)
        let advice = names.isEmpty ? "removed" : "removed, pull \(names.joined(separator: ", ")) again"
        problem(text, repaired: advice)
    }

    /// Whether the layer's files are what its diff ID says, now or after a repair.
    private mutating func check(_ unpacked: LayerRecord, _ layer: ImageLayer, below: [Digest]) throws -> Bool
    {
        guard let fault = try fault(unpacked, layer, below: below) else {
            wholeLayers.insert(unpacked.key)
            return true
        }
        let text = "layer \(layer.diffID) is broken: \(fault)"
        guard repairs, let source = try source(of: layer) else {
            problem(text)
            if repairs { try snapshots.drop(unpacked.key) }
            return false
        }
        try snapshots.replace(unpacked, unpacking: source, below: below)
        wholeLayers.insert(unpacked.key)
        problem(text, repaired: "unpacked anew")
        return true
    }

    private func fault(_ unpacked: LayerRecord, _ layer: ImageLayer, below: [Digest]) throws -> String? {
        do {
            if let source = try source(of: layer) {
                return try snapshots.fault(in: unpacked, unpacking: source, below: below)
            }
            guard fileExists(snapshots.path(of: unpacked)) else { return "its directory is missing" }
            let archived = HashingSource(ArchivedTree(snapshots.path(of: unpacked)))
            try archived.drain()
            if archived.digest == layer.diffID { return nil }
            // One that came from elsewhere, in an archive that was not kept, cannot be made again.
            return layer.blob == nil ? "its files give digest \(archived.digest)" : nil
        } catch let error as SystemError {
            if error.code == .noSpace { throw error }
            return "\(error)"
        }
    }

    /// The layer's plain tar, if its blob is here and right.
    private func source(of layer: ImageLayer) throws -> (any ByteSource)? {
        guard let blob = layer.blob?.digest, isGood(blob) else { return nil }
        let file = SharedDescriptor(try content.open(blob))
        return ReadAhead { DecompressingSource(DescriptorSource(file)) }
    }

    // MARK: The rest

    private mutating func checkNames() throws {
        let images = Set(try store.imageRecords.all().map(\.value.id))
        for (name, record) in try store.nameRecords.all() {
            var rest: NameRecord? = record
            for id in record.all where !images.contains(id) {
                let text = "name \(name) stands for image \(id), which is not here"
                problem(text, repaired: repairs ? "removed" : nil)
                rest = rest?.without(id)
            }
            if let index = rest?.index, !isGood(index.digest) {
                let text = "name \(name) lacks its index \(index.digest)"
                problem(text, repaired: repairs ? "it is made anew" : nil)
                rest?.index = nil
            }
            if repairs, rest != record { try store.setNames([name: rest]) }
        }
    }

    private mutating func checkStrays() throws {
        for name in try snapshots.strays() {
            let text = "\"layers/\(name)\" belongs to no layer"
            if repairs {
                try snapshots.removeStray(name)
                problem(text, repaired: "removed")
            } else {
                problem(text)
            }
        }
        var named = Set(try store.nameRecords.all().compactMap(\.value.index?.digest))
        for (_, image) in try store.imageRecords.all() {
            named.formUnion([image.id] + [image.manifest?.digest].compactMap { $0 })
            named.formUnion(image.layers.compactMap { $0.blob?.digest })
        }
        // What a repair leaves over is collected when it has ended.
        for blob in try content.all() where !named.contains(blob) && !brokenBlobs.contains(blob) {
            problem("blob \(blob) belongs to no image", repaired: repairs ? "removed" : nil)
        }
    }
}
