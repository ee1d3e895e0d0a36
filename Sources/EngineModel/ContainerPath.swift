/// A path inside a container as a client of `docker cp` writes it: nothing is looked up.
public struct ContainerPath: Sendable, Hashable {
    /// What an ending of the path says of its object.
    public enum Ending: Sendable { case none, slash, dot }

    /// As the client sent it.
    public let text: String
    /// Absolute, without `.`, `..` and doubled slashes, and without one at its end.
    public let clean: String
    /// With a slash or `/.` behind it, a path means a directory, and a link there is followed.
    public let ending: Ending

    public init(_ text: String) {
        self.text = text
        clean = MountPath.cleaned("/" + text)
        let last = text.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if last == "." {
            ending = .dot
        } else {
            ending = text.last == "/" && clean != "/" ? .slash : .none
        }
    }

    /// The path with its ending.
    public var full: String {
        switch ending {
        case .none: clean
        case .slash: clean + "/"
        case .dot: clean == "/" ? "/." : clean + "/."
        }
    }

    /// The last name, as Go's `filepath.Base` gives it: `.` for what ends in a dot, `/` for the root.
    public var base: String {
        if ending == .dot { return "." }
        return clean == "/" ? "/" : String(clean[clean.index(after: lastSlash)...])
    }

    /// The directory above the last name.
    public var parent: String { lastSlash == clean.startIndex ? "/" : String(clean[..<lastSlash]) }

    private var lastSlash: String.Index { clean.lastIndex(of: "/") ?? clean.startIndex }

    /// The clean path for calls that are relative to a root: without its slash, `.` for the root itself.
    public static func relative(_ clean: String) -> String {
        let rest = clean.drop { $0 == "/" }
        return rest.isEmpty ? "." : String(rest)
    }
}
