/// The images that tests run, as tars of a root filesystem made on this machine: no registry is needed.
public enum TestImage: String, Sendable {
    /// The static busybox of this machine, every applet linked; users `root`, `nobody` and `app` (1000).
    case busybox
    /// Debian bullseye with Python 2, by debootstrap.
    case python2
    /// Debian bookworm with Python 3, by debootstrap.
    case python3

    /// The path of the tar, which is made when it is not there yet (minutes, for the Debian ones).
    public func tar() async throws -> String {
        try await shellMust("\(sourceTree)/scripts/test-image \(rawValue)", timeout: .seconds(900))
    }

    /// Imports the image as `NAME:latest` unless the engine has it.
    public func install(in client: Client) async throws {
        if try await client("image", "inspect", rawValue).code == 0 { return }
        try await client.must("import", tar(), "\(rawValue):latest", timeout: .seconds(120))
    }
}
