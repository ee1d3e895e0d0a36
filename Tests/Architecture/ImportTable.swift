/// The rings of the architecture; see docs/architecture.md.
enum Ring: String, CaseIterable {
    /// Runs between clone and exec: no async, no tasks, no threads.
    case bare
    case core
    case store
    case engine
    case edge
    case program
    case tests
}

/// One target: its ring, and what it may import beside the standard library.
///
/// A target may also import whatever the targets of its row may import.
struct Row {
    let target: String
    let ring: Ring
    let mayImport: [String]

    init(_ target: String, _ ring: Ring, _ mayImport: String...) {
        self.target = target
        self.ring = ring
        self.mayImport = mayImport
    }
}

/// Which target may import what. Package.swift says the same to the compiler, which sees whole packages only.
let importTable = [
    Row("CLinux", .bare),
    Row("Linux", .bare, "CLinux", "Glibc"),
    Row("OCI", .bare),
    Row("Netlink", .bare, "Linux"),
    Row("Cgroups", .bare, "Linux", "OCI"),
    Row("CSeccomp", .bare),
    Row("Seccomp", .bare, "Linux", "OCI", "CSeccomp"),
    Row("CZlib", .bare),
    Row("ContainerLog", .bare, "Linux", "CZlib"),
    Row("SupervisorProtocol", .bare, "Linux", "OCI"),
    Row(
        "ContainerRuntime", .bare, "Linux", "OCI", "Netlink", "Cgroups", "Seccomp", "ContainerLog",
        "SupervisorProtocol"),

    Row("EngineModel", .core, "OCI"),
    Row("AsyncPrimitives", .core),
    Row("OrderedJSON", .core),
    Row("GoTemplate", .core, "OrderedJSON"),
    Row("CYAML", .core),
    Row("YAML", .core, "OrderedJSON", "CYAML"),
    Row("CDI", .core, "OCI", "Linux", "OrderedJSON", "YAML"),
    Row("CSQLite", .core),
    Row("StateStore", .core, "Linux", "OrderedJSON", "CSQLite", "Logging"),
    Row("CCompression", .core),
    Row("TarFormat", .core, "Linux"),
    Row("TarArchive", .core, "TarFormat", "Linux", "OCI", "CCompression", "Crypto", "Logging"),
    Row("DockerAPI", .core, "OCI", "OrderedJSON"),

    Row("ContentStore", .store, "StateStore", "OCI", "Linux", "Crypto", "Logging"),
    Row("Snapshots", .store, "ContentStore", "TarArchive", "Logging"),
    Row(
        "RegistryClient", .store, "OCI", "AsyncPrimitives", "Linux", "AsyncHTTPClient", "NIOCore", "NIOHTTP1",
        "NIOPosix", "NIOSSL"),
    Row("Images", .store, "Snapshots", "RegistryClient", "AsyncPrimitives", "OrderedJSON", "Logging"),

    Row("Networking", .engine, "Netlink", "StateStore", "EngineModel", "AsyncPrimitives", "Logging"),
    Row("Volumes", .engine, "StateStore", "EngineModel", "Linux", "Logging"),
    Row("RuntimeClient", .engine, "SupervisorProtocol", "AsyncPrimitives", "Logging"),
    Row(
        "Engine", .engine, "Images", "RegistryClient", "Networking", "Volumes", "RuntimeClient",
        "ContainerLog",
        "DockerAPI", "OrderedJSON",
        "Cgroups", "Seccomp", "EngineModel", "GoTemplate", "CDI", "Logging"),

    Row("HTTPServer", .edge, "AsyncPrimitives", "Logging", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS"),
    Row("APIServer", .edge, "HTTPServer", "DockerAPI", "EngineModel", "OrderedJSON", "Logging"),
    Row("DaemonConfiguration", .edge, "OrderedJSON", "Linux"),
    Row("EngineClient", .edge, "DockerAPI", "OrderedJSON", "Linux"),
    Row("TerminalUI", .edge, "Linux"),
    Row(
        "BerthCLI", .edge, "EngineClient", "TerminalUI", "GoTemplate", "TarFormat", "DockerAPI",
        "OrderedJSON", "Linux"),

    Row("berth", .program, "BerthCLI"),
    Row("berthd", .program, "Engine", "APIServer", "DaemonConfiguration", "Logging"),
    Row("berth-runtime", .program, "ContainerRuntime"),

    Row("TestSupport", .tests, "Linux", "Testing"),
]

/// Modules of the toolchain that every target may import.
///
/// `FoundationEssentials` is for JSON and dates; `Foundation` is for nobody: it brings 40 MB of ICU data.
let common: Set = ["FoundationEssentials", "Synchronization"]

/// The C library belongs to `Linux`. These import it too, each for what `Linux` does not wrap; the list is to
/// get shorter, and a target that is not on it cannot get there by accident.
let glibcUsers: Set = [
    "AsyncPrimitives", "ContainerRuntime", "Engine", "EngineModel", "HTTPServer", "Networking",
    "RuntimeClient",
    "StateStore", "Volumes",
]
