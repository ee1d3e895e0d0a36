internal import Linux
internal import SupervisorProtocol

/// Hides `paths` inside the root: a directory behind an empty read-only tmpfs, anything else behind `/dev/null`.
///
/// What is not there needs no hiding. Called with the container's root as the root.
func maskPaths(_ paths: [String], root: ConfinedRoot) throws(StartFailure) {
    var empty: SharedDescriptor?
    for path in paths {
        try step("mask", "error masking \"\(path)\"") { () throws(SystemError) in
            guard let place = try openIfThere(path, root) else { return }
            let cover: OwnedDescriptor
            if try FileNode(at: place.rawValue, "").isDirectory {
                if let empty {
                    cover = try cloneMount(at: empty.rawValue, "")
                } else {
                    let context = try FileSystemContext("tmpfs")
                    try context.set("nr_inodes", "1")
                    try context.set("size", "4k")
                    cover = try context.mount([.readOnly, .noSetUserID, .noDevices, .noExecution])
                }
            } else {
                let null = try root.open("/dev/null")
                let node = try FileNode(at: null.rawValue, "")
                guard node.isCharacterDevice, node.device == 0x103 else {
                    throw SystemError(call: "mask", subject: "/dev/null", code: .noDevice)
                }
                cover = try cloneMount(at: null.rawValue, "")
            }
            try attachMount(cover.rawValue, at: place.rawValue, subject: path)
            if empty == nil, try FileNode(at: cover.rawValue, "").isDirectory {
                empty = SharedDescriptor(cover)
            }
        }
    }
}

/// Makes what lies at `paths` read-only, with all below it.
func protectPaths(_ paths: [String], root: ConfinedRoot) throws(StartFailure) {
    for path in paths {
        try step("readonly", "error making \"\(path)\" read-only") { () throws(SystemError) in
            guard let place = try openIfThere(path, root) else { return }
            let copy = try cloneMount(at: place.rawValue, "", recursive: true)
            try setMountAttributes(at: copy.rawValue, "", set: .readOnly, recursive: true)
            try attachMount(copy.rawValue, at: place.rawValue, subject: path)
        }
    }
}

private func openIfThere(_ path: String, _ root: ConfinedRoot) throws(SystemError) -> OwnedDescriptor? {
    do { return try root.open(path) } catch let error where error.code == .noEntry { return nil }
}
