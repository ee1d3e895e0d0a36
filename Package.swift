// swift-tools-version: 6.2
import PackageDescription

// Every target of berth, with what it may import (docs/architecture.md gives each one's sentence,
// Tests/Architecture holds the same table as data).

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Generic types are made by a call of their own instead of by their names: a name is decoded at run time, and every
    // requirement in it looked up among all conformances, which is half of what a short program does.
    .unsafeFlags(
        ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"],
        .when(configuration: .release)),
]

// A developer who works on one target names its test targets here, so that the others' need not compile:
// BERTH_ONLY=NetlinkTests,NetworkingTests swift test
let only = Context.environment["BERTH_ONLY"].map { Set($0.split(separator: ",").map(String.init)) }

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let tls: [Target.Dependency] = [
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

// BERTH_FUZZ adds the fuzzer of scripts/fuzz, and counts coverage in what it feeds.
let isFuzzing = Context.environment["BERTH_FUZZ"] != nil
let fuzzed: Set<String> = isFuzzing ? ["OCI", "TarFormat", "OrderedJSON"] : []

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let coverage: [SwiftSetting] = fuzzed.contains(name) ? [.unsafeFlags(["-sanitize=fuzzer"])] : []
    return .target(
        name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict + coverage)
}

func program(
    _ name: String, _ dependencies: [Target.Dependency], linker: [String]
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(linker, .when(configuration: .release))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let sources: [Target] = [
    // bare
    .target(name: "CLinux", exclude: ["README.md"]),
    library("Linux", ["CLinux"]),
    library("OCI"),
    library("Netlink", ["Linux"]),
    library("Cgroups", ["Linux", "OCI"]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    library("Seccomp", ["Linux", "OCI", "CSeccomp"]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    library("ContainerLog", ["Linux", "CZlib"]),
    library("SupervisorProtocol", ["Linux", "OCI"]),
    library(
        "ContainerRuntime",
        ["Linux", "OCI", "Netlink", "Cgroups", "Seccomp", "ContainerLog", "SupervisorProtocol"]),
    // core
    library("EngineModel", ["OCI"]),
    library("AsyncPrimitives"),
    library("OrderedJSON"),
    library("GoTemplate", ["OrderedJSON"]),
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    library("YAML", ["OrderedJSON", "CYAML"]),
    library("CDI", ["OCI", "Linux", "OrderedJSON", "YAML"]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    library("StateStore", ["Linux", "OrderedJSON", "CSQLite", log]),
    .systemLibrary(name: "CCompression", providers: [.apt(["libisal-dev", "libzstd-dev", "zlib1g-dev"])]),
    library("TarFormat", ["Linux"]),
    library("TarArchive", ["TarFormat", "Linux", "OCI", "CCompression", crypto, log]),
    library("DockerAPI", ["OCI", "OrderedJSON"]),
    // store
    library("ContentStore", ["StateStore", "OCI", "Linux", crypto, log]),
    library("Snapshots", ["ContentStore", "TarArchive", log]),
    library(
        "RegistryClient",
        [
            "OCI", "AsyncPrimitives", "Linux",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ]),
    library("Images", ["Snapshots", "RegistryClient", "AsyncPrimitives", "OrderedJSON", log]),
    // engine
    library("Networking", ["Netlink", "StateStore", "EngineModel", "AsyncPrimitives", log]),
    library("Volumes", ["StateStore", "EngineModel", "Linux", log]),
    library("RuntimeClient", ["SupervisorProtocol", "AsyncPrimitives", log]),
    library(
        "Engine",
        [
            "Images", "RegistryClient", "TarArchive", "Networking", "Volumes", "RuntimeClient",
            "ContainerLog", "DockerAPI", "CDI",
            "Cgroups", "Seccomp", "EngineModel", "GoTemplate", "OrderedJSON", log,
        ]),
    // edge
    library("HTTPServer", ["AsyncPrimitives", log] + nio + tls),
    library("APIServer", ["HTTPServer", "DockerAPI", "EngineModel", "OrderedJSON", log]),
    library("DaemonConfiguration", ["OrderedJSON", "Linux"]),
    library("EngineClient", ["DockerAPI", "OrderedJSON", "Linux"]),
    library("TerminalUI", ["Linux"]),
    library(
        "BerthCLI",
        ["EngineClient", "TerminalUI", "GoTemplate", "TarFormat", "DockerAPI", "OrderedJSON", "Linux"]),
    // programs
    program("berth", ["BerthCLI"], linker: ["-static-executable"]),
    program(
        "berthd", ["Engine", "APIServer", "DaemonConfiguration", log],
        linker: [
            "-static-stdlib", "-Xclang-linker", "-no-pie", "-Xlinker", "--no-export-dynamic",
            "-Xlinker", "--gc-sections",
        ]),
    program("berth-runtime", ["ContainerRuntime"], linker: ["-static-executable"]),
]

let testSources: [Target] = [
    library("TestSupport", ["Linux"]),
    tests("LinuxTests", ["Linux", "TestSupport"]),
    tests("OCITests", ["OCI", "TestSupport"]),
    tests("NetlinkTests", ["Netlink", "TestSupport"]),
    tests("CgroupsTests", ["Cgroups", "TestSupport"]),
    tests("SeccompTests", ["Seccomp", "TestSupport"]),
    tests("ContainerLogTests", ["ContainerLog", "TestSupport"]),
    tests("ContainerRuntimeTests", ["ContainerRuntime", "SupervisorProtocol", "TestSupport"]),
    tests("StateStoreTests", ["StateStore", "TestSupport"]),
    tests("TarArchiveTests", ["TarArchive", "TarFormat", "TestSupport"]),
    tests("RegistryClientTests", ["RegistryClient", "TestSupport"]),
    tests("ImagesTests", ["Images", "Snapshots", "ContentStore", "TestSupport"]),
    tests("NetworkingTests", ["Networking", "TestSupport"]),
    tests("VolumesTests", ["Volumes", "TestSupport"]),
    tests("OrderedJSONTests", ["OrderedJSON"]),
    tests("YAMLTests", ["YAML", "OrderedJSON"]),
    tests("CDITests", ["CDI", "OCI", "TestSupport"]),
    tests("DockerAPITests", ["DockerAPI", "OrderedJSON", "TestSupport"]),
    tests("APIServerTests", ["APIServer", "HTTPServer", "TestSupport"]),
    tests("DaemonConfigurationTests", ["DaemonConfiguration", "TestSupport"]),
    tests("GoTemplateTests", ["GoTemplate", "OrderedJSON"]),
    tests("BerthCLITests", ["BerthCLI", "TestSupport"]),
    tests("EngineModelTests", ["EngineModel", "TestSupport"]),
    tests("AsyncPrimitivesTests", ["AsyncPrimitives"]),
    tests("EngineTests", ["Engine", "RuntimeClient", "TestSupport"]),
    tests("Architecture", ["TestSupport"]),
    tests("Privileged", ["TestSupport", "OrderedJSON"]),
].filter { only == nil || $0.type != .test || only?.contains($0.name) == true }

let fuzzer: Target = .executableTarget(
    name: "Fuzzing", dependencies: ["OCI", "TarFormat", "OrderedJSON"], path: "Tests/Fuzzing",
    swiftSettings: [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"])],
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])

let package = Package(
    name: "berth",
    products: [
        .executable(name: "berth", targets: ["berth"]),
        .executable(name: "berthd", targets: ["berthd"]),
        .executable(name: "berth-runtime", targets: ["berth-runtime"]),
    ],
    dependencies: [
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: sources + testSources + (isFuzzing ? [fuzzer] : []),
    swiftLanguageModes: [.v6]
)
