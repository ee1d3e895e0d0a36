internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Fills a fresh `/dev`: the standard devices and links, and those of the spec.
func makeDevices(_ devices: [RuntimeSpec.Device], root: ConfinedRoot) throws(StartFailure) {
    let named = Set(devices.map(\.path))
    try step("device", "error making the standard devices") { () throws(SystemError) in
        let folder = try root.directory("/dev")
        for (name, major, minor) in standardDevices where !named.contains("/dev/\(name)") {
            try tolerate(.exists) { () throws(SystemError) in
                try makeNode(at: folder.rawValue, name, mode: 0o020666, major: major, minor: minor)
            }
        }
        for (name, target) in standardLinks {
            try tolerate(.exists) { () throws(SystemError) in
                try makeLink(at: folder.rawValue, name, to: target)
            }
        }
    }
    for device in devices { try makeDevice(device, root) }
}

private let standardDevices: [(name: String, major: UInt32, minor: UInt32)] = [
    ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
]

private let standardLinks: [(name: String, target: String)] = [
    ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"), ("core", "/proc/kcore"),
]

private let deviceTypes: [String: UInt32] = ["c": 0o020000, "u": 0o020000, "b": 0o060000, "p": 0o010000]

private func makeDevice(_ device: RuntimeSpec.Device, _ root: ConfinedRoot) throws(StartFailure) {
    guard let type = deviceTypes[device.type] else {
        throw refusal("device", "device \"\(device.path)\" has the unknown type \"\(device.type)\"")
    }
    guard let major = UInt32(exactly: device.major ?? 0), let minor = UInt32(exactly: device.minor ?? 0)
    else {
        throw refusal("device", "device \"\(device.path)\" has a number out of range")
    }
    try step("device", "error making the device \"\(device.path)\"") { () throws(SystemError) in
        let (parent, name) = ConfinedRoot.split(device.path)
        let folder = try root.directory(parent)
        let mode = type | ((device.fileMode ?? 0o666) & 0o7777)
        try tolerate(.exists) { () throws(SystemError) in
            try makeNode(at: folder.rawValue, name, mode: mode, major: major, minor: minor)
        }
        if (device.uid ?? 0) != 0 || (device.gid ?? 0) != 0 {
            try changeOwner(at: folder.rawValue, name, user: device.uid ?? 0, group: device.gid ?? 0)
        }
    }
}

/// Runs `body` and takes a failure with `code` as success.
func tolerate(_ code: ErrorCode, _ body: () throws(SystemError) -> Void) throws(SystemError) {
    do { try body() } catch let error where error.code == code {}
}
