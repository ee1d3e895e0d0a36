internal import ContentStore
public import OCI
internal import Snapshots
internal import StateStore
internal import Synchronization

/// Names given and taken, and images removed as Docker does it.
extension ImageStore {
    /// Gives `image` the name `reference` (with `latest` if it has no tag), taking it from another image if need be.
    public func tag(_ image: String, as reference: ImageReference) throws {
        let target = try resolved(image)
        if reference.digest != nil {
            throw ImageError(.invalid, "refusing to create a tag with a digest reference")
        }
        let name = reference.withDefaultTag.description
        guard var record = state.withLock({ $0.images[target.id] }) else {
            throw ImageError.notFound(image)
        }
        record.lastTagged = Self.now().description
        try store.transaction { [record] transaction in
            try transaction.put(imageRecords, record.id.description, record)
            try transaction.put(nameRecords, name, target)
        }
        state.withLock { [record] state in
            state.images[record.id] = record
            state.names[name] = target
        }
    }

    /// Removes the name `text`, and what it stands for once that has no other; or the image with that id.
    ///
    /// With `platforms`, only what the name stands for on these. `users` tells which containers use an image. `force`
    /// overrules stopped ones and several names; nothing overrules a running one or an image that was made from this.
    /// With `prune`, parents that have no name go too.
    public func remove(
        _ text: String, platforms: [Platform] = [], force: Bool, prune: Bool, users: (Digest) -> [ImageUser]
    ) throws -> [ImageRemoval] {
        let target = try resolved(text)
        let ids = try chosen(target, text, platforms).all
        var removals: [ImageRemoval] = []
        let isID = target.id.description.hasPrefix(text) || target.id.hex.hasPrefix(text)
        if isID {
            let names = references(to: target.id)
            if Self.isSingle(names) {
                try check(target.id, force: force, names: false, users: users(target.id))
                try removeNames(names, of: target.id, &removals)
            }
            try delete(target.id, force: force, prune: prune, quiet: false, users: users, &removals)
            collectSoon()
            return removals
        }
        for id in ids where !force && Self.isSingle(references(to: id)) {
            guard let user = users(id).first else { continue }
            throw ImageError(
                .conflict,
                "conflict: unable to remove repository reference \"\(text)\" (must force) - container "
                    + "\(user.container.prefix(12)) is using its referenced image \(id.short)")
        }
        let name = try ImageReference(parsing: text)
        let removed = name.digest.map { name.withDigest($0) } ?? name.withDefaultTag
        for id in ids { try removeNames([removed], of: id, &removals) }
        for id in ids {
            let names = references(to: id)
            let hasTag = names.contains { $0.digest == nil && $0.name == removed.name }
            if removed.digest == nil && !hasTag {
                try removeNames(
                    names.filter { $0.digest != nil && $0.name == removed.name }, of: id, &removals)
            }
            if !references(to: id).isEmpty { continue }
            try delete(id, force: force, prune: prune, quiet: true, users: users, &removals)
            collectSoon()
        }
        return removals
    }

    private func references(to id: Digest) -> [ImageReference] {
        let names = state.withLock { state in state.names.filter { $0.value.contains(id) }.keys.sorted() }
        return names.compactMap { try? ImageReference(parsing: $0) }
    }

    /// At most one tag, and digests of its repository alone.
    private static func isSingle(_ names: [ImageReference]) -> Bool {
        if names.count <= 1 { return true }
        let tags = names.filter { $0.digest == nil }
        let repositories = Set(names.filter { $0.digest != nil }.map(\.name))
        guard tags.count <= 1, let first = tags.first ?? names.first else { return false }
        return repositories == [first.name]
    }

    private func removeNames(_ names: [ImageReference], of id: Digest, _ removals: inout [ImageRemoval])
        throws
    {
        if names.isEmpty { return }
        // A name that stands for images of other platforms too stays with these.
        let rests = state.withLock { state in
            Dictionary(
                names.map { ($0.description, state.names[$0.description]?.without(id)) }
            ) { first, _ in first }
        }
        try setNames(rests)
        for name in names where rests[name.description] == .some(nil) {
            removals.append(.untagged(name.familiarString, image: id))
        }
    }

    private struct Conflict: Error {
        let error: ImageError
        let isUsed: Bool
    }

    private func check(_ id: Digest, force: Bool, names: Bool, users: [ImageUser]) throws {
        do {
            try checkConflict(id, force: force, names: names, users: users)
        } catch let conflict as Conflict {
            throw conflict.error
        }
    }

    private func checkConflict(_ id: Digest, force: Bool, names: Bool, users: [ImageUser]) throws {
        func conflict(_ hard: Bool, used: Bool, _ reason: String) -> Conflict {
            let words = hard ? "cannot be forced" : "must be forced"
            return Conflict(
                error: ImageError(.conflict, "conflict: unable to delete \(id.short) (\(words)) - \(reason)"),
                isUsed: used)
        }
        if state.withLock({ $0.images.values.contains { $0.parent == id } }) {
            throw conflict(true, used: false, "image has dependent child images")
        }
        if let user = users.first(where: \.isRunning) {
            throw conflict(
                true, used: true, "image is being used by running container \(user.container.prefix(12))")
        }
        if force { return }
        if names, !references(to: id).isEmpty {
            throw conflict(false, used: false, "image is referenced in multiple repositories")
        }
        if let user = users.first {
            throw conflict(
                false, used: true, "image is being used by stopped container \(user.container.prefix(12))")
        }
    }

    private func delete(
        _ id: Digest, force: Bool, prune: Bool, quiet: Bool, users: (Digest) -> [ImageUser],
        _ removals: inout [ImageRemoval]
    ) throws {
        do {
            try checkConflict(id, force: force, names: true, users: users(id))
        } catch let conflict as Conflict {
            // After an untag, an image that is still used simply stays.
            if quiet && (!references(to: id).isEmpty || conflict.isUsed) { return }
            throw conflict.error
        }
        guard let record = state.withLock({ $0.images[id] }) else { return }
        try removeNames(references(to: id), of: id, &removals)
        try store.transaction { try $0.remove(imageRecords, id.description) }
        state.withLock { state in
            state.images[id] = nil
            state.configs[id] = nil
        }
        removals.append(.deletedImage(id))
        for chain in freedChains(of: record) { removals.append(.deletedLayer(chain)) }
        guard prune, let parent = record.parent, references(to: parent).isEmpty else { return }
        do {
            try delete(parent, force: false, prune: true, quiet: true, users: users, &removals)
        } catch is ImageError {
            return  // Another image was made from it.
        }
    }

    /// The chain IDs of a removed image's layers that nothing else has, the topmost first.
    private func freedChains(of record: ImageRecord) -> [Digest] {
        let diffIDs = record.layers.map(\.diffID)
        let others = state.withLock { $0.images.values.map { $0.layers.map(\.diffID) } }
        let pinned = snapshots.pinnedLayerKeys
        var freed: [Digest] = []
        for count in stride(from: diffIDs.count, to: 0, by: -1) {
            let stack = diffIDs[..<count]
            if others.contains(where: { $0.starts(with: stack) }) { break }
            if let layer = snapshots.layers(for: Array(stack))?.last, pinned.contains(layer.key) { break }
            if let chain = ChainID.of(stack) { freed.append(chain) }
        }
        return freed
    }
}
