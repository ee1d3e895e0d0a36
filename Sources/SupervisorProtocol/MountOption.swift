/// Options of a spec's mounts that are ours and no standard's.
public enum MountOption {
    private static let subpathKey = "x-berth.subpath="

    /// Mounts `path` of the source, and no more; it is looked up so that no link leads out of the source.
    public static func subpath(_ path: String) -> String { subpathKey + path }

    /// The path in an option of ``subpath(_:)``; nil for any other.
    public static func subpath(of option: String) -> String? {
        option.hasPrefix(subpathKey) ? String(option.dropFirst(subpathKey.utf8.count)) : nil
    }
}
