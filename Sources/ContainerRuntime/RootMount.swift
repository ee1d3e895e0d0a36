internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Mounts the container's root and returns it detached; it exists in no mount table but the container's.
func mountRoot(_ source: RootSource) throws(StartFailure) -> OwnedDescriptor {
    switch source {
    case .directory(let path):
        return try step("root", "error mounting rootfs \"\(path)\"") { () throws(SystemError) in
            try cloneMount(path, recursive: true)
        }
    case .overlay(let lower, let upper, let work, let isVolatile):
        if lower.isEmpty { throw refusal("root", "an overlay root needs a lower directory") }
        if !work.isEmpty { forgetVolatile(work) }
        do {
            return try step("root", "error mounting the overlay root") { () throws(SystemError) in
                try mountOverlay(lower, upper, work, isVolatile)
            }
        } catch let error where error.code == ErrorCode.invalid.rawValue {
            // Kernels before 6.5 know no "lowerdir+".
            return try step("root", "error mounting the overlay root") { () throws(SystemError) in
                try mountOverlayByOptions(lower, upper, work, isVolatile)
            }
        }
    }
}

/// One `lowerdir+` a layer: as many layers as an image may have (Linux 6.5).
private func mountOverlay(
    _ lower: [String], _ upper: String, _ work: String, _ isVolatile: Bool
) throws(SystemError) -> OwnedDescriptor {
    let context = try FileSystemContext("overlay")
    // Shown in the container's table of mounts, where scripts look for it.
    try context.set("source", "overlay")
    for path in lower { try setPath(context, "lowerdir+", path, escape: false) }
    // The writable layer becomes a layer of an image: it must not say things by attributes that no tar has.
    for option in ["redirect_dir", "metacopy"] { try? context.set(option, "off") }
    if upper.isEmpty { return try context.mount(.readOnly) }
    try setPath(context, "upperdir", upper, escape: true)
    try setPath(context, "workdir", work, escape: true)
    // Known since 5.10; on older kernels the unmount waits for the disk.
    if isVolatile { try? context.set("volatile") }
    return try context.mount()
}

/// Takes away the mark of an earlier volatile mount: with it the kernel refuses another, as after a power loss.
private func forgetVolatile(_ work: String) {
    try? removeFile(work + "/work/incompat/volatile/dirty")
    for mark in ["/work/incompat/volatile", "/work/incompat"] { try? removeDirectory(work + mark) }
}

/// A value of `fsconfig(2)` ends at 255 bytes: a longer path goes through an open descriptor of it.
func setPath(
    _ context: borrowing FileSystemContext, _ key: String, _ path: String, escape: Bool
) throws(SystemError) {
    let text = escape && path.contains("\\") ? escaped(path, "\\") : path
    if text.utf8.count <= 250 { return try context.set(key, text) }
    let place = try openFile(path, [.path, .directory])
    try context.set(key, "/proc/self/fd/\(place.rawValue)")
}

/// One option string with short names, below the state of an open working directory.
private func mountOverlayByOptions(
    _ lower: [String], _ upper: String, _ work: String, _ isVolatile: Bool
) throws(SystemError) -> OwnedDescriptor {
    // The string ends at a page: 200 layers fit as "/proc/self/fd/123".
    var places: [Int32] = []
    defer { for place in places { OwnedDescriptor(adopting: place).close() } }
    for path in lower { places.append(try openFile(path, [.path, .directory]).release()) }
    let layers = places.map { "/proc/self/fd/\($0)" }.joined(separator: ":")
    if upper.isEmpty {
        let context = try FileSystemContext("overlay")
        try context.set("lowerdir", layers)
        return try context.mount(.readOnly)
    }
    let options = "lowerdir=\(layers),upperdir=\(escaped(upper, ",:\\")),workdir=\(escaped(work, ",:\\"))"
    do throws(SystemError) {
        let fast = isVolatile ? ",volatile" : ""
        try mountFileSystem("overlay", at: upper, type: "overlay", options: options + fast)
    } catch {
        if !isVolatile || error.code != .invalid { throw error }
        try mountFileSystem("overlay", at: upper, type: "overlay", options: options)
    }
    // Take it off the directory again: the copy is the container's root.
    let copy = try cloneMount(upper)
    try detachMount(upper)
    return copy
}

private func escaped(_ path: String, _ special: String) -> String {
    var result = ""
    for character in path {
        if special.contains(character) { result.append("\\") }
        result.append(character)
    }
    return result
}

extension OwnedDescriptor {
    /// Closes now; for values that were released into a list.
    consuming func close() {}
}

/// Makes the attached mount `root` the process's root and drops everything else from this mount namespace.
func enterRoot(_ root: Int32) throws(StartFailure) {
    try step("root", "error changing into the rootfs") { () throws(SystemError) in
        try changeDirectory(to: root)
        try pivotIntoWorkingDirectory()
    }
}

/// Propagation words of `linux.rootfsPropagation`.
func rootPropagation(_ word: String?) throws(StartFailure) -> (MountPropagation, recursive: Bool)? {
    guard let word, !word.isEmpty else { return nil }
    let options = try MountOptions([word])
    guard let kind = options.propagation else {
        throw refusal(
            "root", "rootfsPropagation \"\(word)\" is not known: use private, shared, slave or unbindable")
    }
    return (kind, options.propagatesRecursively)
}
