/// An operating system and a processor, as Go names them: `linux/arm64/v8`.
public struct Platform: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Why a text is no platform, with what it must look like.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        public let text: String

        public var description: String {
            "\"\(text)\": unknown operating system or architecture: invalid argument"
        }
    }

    public var architecture: String
    public var os: String
    public var osVersion: String?
    public var osFeatures: [String]?
    public var variant: String?

    enum CodingKeys: String, CodingKey {
        case architecture
        case os
        case osVersion = "os.version"
        case osFeatures = "os.features"
        case variant
    }

    public init(
        architecture: String, os: String = "linux", variant: String? = nil, osVersion: String? = nil,
        osFeatures: [String]? = nil
    ) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
        self.osVersion = osVersion
        self.osFeatures = osFeatures
    }

    /// Parses `os`, `architecture`, `os/architecture` or `os/architecture/variant`; what is missing is the host's.
    public init(parsing text: String) throws(ParseError) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let plain = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { $0.isLowerAlphanumeric || "_.-".utf8.contains($0) }
        }
        guard (1...3).contains(parts.count), plain else { throw ParseError(text: text) }
        if parts.count > 1 {
            self.init(architecture: parts[1], os: parts[0], variant: parts.count > 2 ? parts[2] : nil)
        } else if Self.systems.contains(parts[0]) {
            self.init(architecture: Platform.host.architecture, os: parts[0])
        } else {
            self.init(architecture: parts[0])
            guard Self.architectures.contains(normalized.architecture) else { throw ParseError(text: text) }
        }
        self = normalized
    }

    private static let systems: Set = [
        "linux", "windows", "darwin", "freebsd", "openbsd", "netbsd", "solaris",
    ]
    private static let architectures: Set = [
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
        "riscv64", "s390x", "wasm",
    ]

    /// What this program runs on.
    public static var host: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64")
        #elseif arch(arm64)
            Platform(architecture: "arm64", variant: "v8")
        #else
            Platform(architecture: "unknown")
        #endif
    }

    /// The same with other spellings (`x86_64`, `aarch64`, `armhf`) and default variants replaced.
    public var normalized: Platform {
        var copy = self
        switch (architecture, variant) {
        case ("x86_64", _), ("x86-64", _): (copy.architecture, copy.variant) = ("amd64", nil)
        case ("i386", _), ("i686", _): (copy.architecture, copy.variant) = ("386", nil)
        case ("aarch64", _): (copy.architecture, copy.variant) = ("arm64", variant == "8" ? "v8" : variant)
        case ("arm64", "8"): copy.variant = "v8"
        case ("armhf", _): (copy.architecture, copy.variant) = ("arm", "v7")
        case ("armel", _): (copy.architecture, copy.variant) = ("arm", "v6")
        case ("amd64", "v1"): copy.variant = nil
        default: break
        }
        if copy.architecture == "arm64", copy.variant == "v8" { copy.variant = nil }
        return copy
    }

    /// Whether a content for `self` runs where `wanted` is asked for.
    public func satisfies(_ wanted: Platform) -> Bool {
        let (have, want) = (normalized, wanted.normalized)
        if have.os != want.os || have.architecture != want.architecture { return false }
        return want.variant == nil || have.variant == nil || have.variant == want.variant
    }

    /// Of several, the one for this platform: one that says the very variant before one that merely fits.
    public func best<Element>(of offered: [Element], _ platform: (Element) -> Platform?) -> Element? {
        let fitting = offered.filter { platform($0)?.satisfies(self) == true }
        return fitting.first { platform($0)?.normalized.variant == normalized.variant } ?? fitting.first
    }

    /// `os/architecture` or `os/architecture/variant`.
    public var description: String {
        variant.map { $0.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\($0)" }
            ?? "\(os)/\(architecture)"
    }
}
