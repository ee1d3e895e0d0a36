/// `MS_*` of `mount(2)`.
struct MountFlags: OptionSet, Sendable, Hashable {
    let rawValue: UInt

    static let readOnly = MountFlags(rawValue: 0x1)
    static let noSetUserID = MountFlags(rawValue: 0x2)
    static let noDevices = MountFlags(rawValue: 0x4)
    static let noExecution = MountFlags(rawValue: 0x8)
    static let synchronous = MountFlags(rawValue: 0x10)
    static let remount = MountFlags(rawValue: 0x20)
    static let mandatoryLocks = MountFlags(rawValue: 0x40)
    static let synchronousDirectories = MountFlags(rawValue: 0x80)
    static let noAccessTime = MountFlags(rawValue: 0x400)
    static let noDirectoryAccessTime = MountFlags(rawValue: 0x800)
    static let bind = MountFlags(rawValue: 0x1000)
    static let recursive = MountFlags(rawValue: 0x4000)
    static let unbindable = MountFlags(rawValue: 0x20000)
    static let isPrivate = MountFlags(rawValue: 0x40000)
    static let isSlave = MountFlags(rawValue: 0x80000)
    static let isShared = MountFlags(rawValue: 0x100000)
    static let relativeAccessTime = MountFlags(rawValue: 0x200000)
    static let strictAccessTime = MountFlags(rawValue: 0x1000000)

    static let propagation: MountFlags = [.unbindable, .isPrivate, .isSlave, .isShared]
    /// What belongs to a mount, not to the file system in it.
    static let perMount: MountFlags = [
        .readOnly, .noSetUserID, .noDevices, .noExecution, .noAccessTime, .noDirectoryAccessTime,
        .relativeAccessTime, .strictAccessTime,
    ]
}

/// The words of `mount -o`; see `mount(8)`.
enum MountWords {
    private static let table: [String: (set: MountFlags, clear: MountFlags)] = [
        "defaults": ([], []),
        "ro": (.readOnly, []), "rw": ([], .readOnly),
        "nosuid": (.noSetUserID, []), "suid": ([], .noSetUserID),
        "nodev": (.noDevices, []), "dev": ([], .noDevices),
        "noexec": (.noExecution, []), "exec": ([], .noExecution),
        "sync": (.synchronous, []), "async": ([], .synchronous),
        "dirsync": (.synchronousDirectories, []),
        "remount": (.remount, []),
        "mand": (.mandatoryLocks, []), "nomand": ([], .mandatoryLocks),
        "noatime": (.noAccessTime, []), "atime": ([], .noAccessTime),
        "nodiratime": (.noDirectoryAccessTime, []), "diratime": ([], .noDirectoryAccessTime),
        "relatime": (.relativeAccessTime, []), "norelatime": ([], .relativeAccessTime),
        "strictatime": (.strictAccessTime, []), "nostrictatime": ([], .strictAccessTime),
        "bind": (.bind, []), "rbind": ([.bind, .recursive], []),
        "unbindable": (.unbindable, []), "runbindable": ([.unbindable, .recursive], []),
        "private": (.isPrivate, []), "rprivate": ([.isPrivate, .recursive], []),
        "slave": (.isSlave, []), "rslave": ([.isSlave, .recursive], []),
        "shared": (.isShared, []), "rshared": ([.isShared, .recursive], []),
    ]

    /// The flags that `text` names, and what is left of it for the file system itself.
    static func parse(_ text: String) -> (MountFlags, String) {
        var flags: MountFlags = []
        var rest: [Substring] = []
        for word in text.split(separator: ",") {
            if let change = table[String(word)] {
                flags.subtract(change.clear)
                flags.formUnion(change.set)
            } else {
                rest.append(word)
            }
        }
        return (flags, rest.joined(separator: ","))
    }
}
