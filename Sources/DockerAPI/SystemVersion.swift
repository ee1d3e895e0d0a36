/// The versions of the daemon and its parts.
public struct SystemVersion: Codable, Hashable, Sendable {
    public var platform: VersionPlatform?
    public var components: [VersionComponent]?
    public var version: String = ""
    public var apiVersion: String = ""
    @OmitEmpty public var minAPIVersion: String = ""
    public var gitCommit: String = ""
    public var goVersion: String = ""
    public var os: String = ""
    public var arch: String = ""
    @OmitEmpty public var kernelVersion: String = ""
    @OmitEmpty public var experimental: Bool = false
    @OmitEmpty public var buildTime: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case platform = "Platform"
        case components = "Components"
        case version = "Version"
        case apiVersion = "ApiVersion"
        case minAPIVersion = "MinAPIVersion"
        case gitCommit = "GitCommit"
        case goVersion = "GoVersion"
        case os = "Os"
        case arch = "Arch"
        case kernelVersion = "KernelVersion"
        case experimental = "Experimental"
        case buildTime = "BuildTime"
    }
}
extension SystemVersion: GoZero {}

/// The product's name.
public struct VersionPlatform: Codable, Hashable, Sendable {
    public var name: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
    }
}
extension VersionPlatform: GoZero {}

/// One part of the engine.
public struct VersionComponent: Codable, Hashable, Sendable {
    public var name: String = ""
    public var version: String = ""
    @Nullable public var details: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case version = "Version"
        case details = "Details"
    }
}
extension VersionComponent: GoZero {}
