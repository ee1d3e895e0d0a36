internal import Linux
internal import SupervisorProtocol

/// A mount's options, sorted by who they are for: the mount, its propagation, the file system.
struct MountOptions {
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// What the `r…` forms (`rro`, `rnosuid`, …) set on the mounts below, too.
    var setRecursively: MountAttributes = []
    var clearRecursively: MountAttributes = []
    var propagation: MountPropagation?
    var propagatesRecursively = false
    var isBind = false
    var isRecursive = false
    /// The part of the source that is mounted, looked up inside the source.
    var subpath: String?
    /// For the file system: `size=64m`, `gid=5`.
    var data: [(key: String, value: String?)] = []

    /// What each word does to a mount.
    private static let attributes: [String: (set: MountAttributes, clear: MountAttributes)] = [
        "ro": (.readOnly, []), "rw": ([], .readOnly),
        "nosuid": (.noSetUserID, []), "suid": ([], .noSetUserID),
        "nodev": (.noDevices, []), "dev": ([], .noDevices),
        "noexec": (.noExecution, []), "exec": ([], .noExecution),
        "noatime": (.noAccessTime, .accessTimes), "atime": ([], .accessTimes),
        "relatime": ([], .accessTimes), "norelatime": ([], .accessTimes),
        "strictatime": (.strictAccessTime, .accessTimes), "nostrictatime": ([], .accessTimes),
        "nodiratime": (.noDirectoryAccessTime, []), "diratime": ([], .noDirectoryAccessTime),
        "nosymfollow": (.noSymlinkFollowing, []), "symfollow": ([], .noSymlinkFollowing),
    ]

    private static let propagations: [String: (MountPropagation, recursive: Bool)] = [
        "private": (.private, false), "rprivate": (.private, true), "shared": (.shared, false),
        "rshared": (.shared, true), "slave": (.slave, false), "rslave": (.slave, true),
        "unbindable": (.unbindable, false), "runbindable": (.unbindable, true),
    ]

    /// Words that are accepted and mean nothing to a new mount.
    private static let ignored: Set<String> = ["defaults", "remount", "async", "nofail", "loud"]

    /// Every word that is understood, sorted.
    static var known: [String] {
        var words = ignored.union(["bind", "rbind"]).union(propagations.keys)
        for word in attributes.keys { words.formUnion([word, "r" + word]) }
        return words.sorted()
    }

    init(_ words: [String]) throws(StartFailure) {
        for word in words {
            if word == "bind" || word == "rbind" {
                isBind = true
                if word == "rbind" { isRecursive = true }
            } else if let change = Self.attributes[word] {
                set.subtract(change.clear)
                clear.subtract(change.set)
                set.formUnion(change.set)
                clear.formUnion(change.clear)
            } else if word.first == "r", let change = Self.attributes[String(word.dropFirst())] {
                setRecursively.formUnion(change.set)
                clearRecursively.formUnion(change.clear)
            } else if let (kind, recursive) = Self.propagations[word] {
                propagation = kind
                propagatesRecursively = recursive
            } else if word == "tmpcopyup" {
                throw refusal("mount", "mount option \"tmpcopyup\" is not built yet")
            } else if word == "idmap" || word == "ridmap" {
                throw refusal(
                    "mount", "mount option \"\(word)\" is not supported: user id maps are not built yet")
            } else if let path = MountOption.subpath(of: word) {
                subpath = path
            } else if !Self.ignored.contains(word), !word.isEmpty {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                data.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : nil))
            }
        }
    }
}
