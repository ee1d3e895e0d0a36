import FoundationEssentials
import Testing

@testable import DockerAPI

/// Holds every struct's members against the OpenAPI file of Docker's API 1.51.
@Suite("Members against Docker's own description")
struct SpecificationTests {
    static let path = "/work/shared/reference/engine-api-1.51.yaml"
    static let text = (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }

    /// One struct: its definition there, what it has beside it, and what it leaves to later.
    struct Case: Sendable, CustomTestStringConvertible {
        let definition: String
        let keys: [String]
        var extra: Set<String> = []
        var missing: Set<String> = []
        var testDescription: String { definition }

        init<Keys: CaseIterable & RawRepresentable>(
            _ definition: String, _ keys: Keys.Type, extra: Set<String> = [], missing: Set<String> = []
        ) where Keys.RawValue == String {
            self.definition = definition
            self.keys = Keys.allCases.map(\.rawValue)
            self.extra = extra
            self.missing = missing
        }
    }

    static let cases = [
        Case("ContainerConfig", ContainerConfig.CodingKeys.self),
        Case("HostConfig", HostConfig.CodingKeys.self, extra: ["KernelMemory"]),
        Case("HealthConfig", HealthConfig.CodingKeys.self),
        Case("Mount", Mount.CodingKeys.self, extra: ["ClusterOptions"]),
        Case("MountPoint", MountPoint.CodingKeys.self),
        Case("DeviceMapping", DeviceMapping.CodingKeys.self),
        Case("DeviceRequest", DeviceRequest.CodingKeys.self),
        Case("ThrottleDevice", ThrottleDevice.CodingKeys.self),
        Case("RestartPolicy", RestartPolicyConfig.CodingKeys.self),
        Case("PortBinding", PortBinding.CodingKeys.self),
        Case("EndpointSettings", EndpointSettings.CodingKeys.self),
        Case("EndpointIPAMConfig", EndpointIPAMConfig.CodingKeys.self),
        Case("NetworkingConfig", NetworkingConfig.CodingKeys.self),
        Case("NetworkSettings", NetworkSettings.CodingKeys.self),
        Case("Address", NetworkAddress.CodingKeys.self),
        Case("ContainerState", ContainerState.CodingKeys.self),
        Case("Health", Health.CodingKeys.self),
        Case("HealthcheckResult", HealthcheckResult.CodingKeys.self),
        Case("DriverData", DriverData.CodingKeys.self),
        Case(
            "ContainerInspectResponse", ContainerInspect.CodingKeys.self, missing: ["ImageManifestDescriptor"]
        ),
        Case("ContainerSummary", ContainerSummary.CodingKeys.self, missing: ["ImageManifestDescriptor"]),
        Case("Port", PortSummary.CodingKeys.self),
        Case("ContainerCreateResponse", ContainerCreateResponse.CodingKeys.self),
        Case("ContainerWaitResponse", ContainerWaitResponse.CodingKeys.self),
        Case("ContainerWaitExitError", ContainerWaitExitError.CodingKeys.self),
        Case("ContainerTopResponse", ContainerTopResponse.CodingKeys.self),
        Case("ContainerUpdateResponse", ContainerUpdateResponse.CodingKeys.self),
        Case("ContainerStatsResponse", ContainerStats.CodingKeys.self),
        Case("ContainerPidsStats", PidsStats.CodingKeys.self),
        Case("ContainerBlkioStats", BlockIOStats.CodingKeys.self),
        Case("ContainerBlkioStatEntry", BlockIOEntry.CodingKeys.self),
        Case("ContainerCPUStats", CPUStats.CodingKeys.self),
        Case("ContainerCPUUsage", CPUUsage.CodingKeys.self),
        Case("ContainerThrottlingData", ThrottlingData.CodingKeys.self),
        Case("ContainerMemoryStats", MemoryStats.CodingKeys.self),
        Case("ContainerNetworkStats", NetworkStats.CodingKeys.self),
        Case("FilesystemChange", FilesystemChange.CodingKeys.self),
        Case("ProcessConfig", ProcessConfig.CodingKeys.self),
        Case("IDResponse", IDResponse.CodingKeys.self),
        Case(
            "ImageInspect", ImageInspect.CodingKeys.self, extra: ["VirtualSize"],
            missing: ["Descriptor"]),
        Case("ImageConfig", ImageInspectConfig.CodingKeys.self),
        Case(
            "ImageSummary", ImageSummary.CodingKeys.self, extra: ["VirtualSize"],
            missing: ["Descriptor"]),
        Case("ImageHistoryResponseItem", ImageHistoryItem.CodingKeys.self),
        Case("ImageDeleteResponseItem", ImageDeleteItem.CodingKeys.self),
        Case("ProgressDetail", ProgressDetail.CodingKeys.self, extra: ["hidecounts", "units"]),
        Case("ErrorDetail", ErrorDetail.CodingKeys.self),
        Case("EventMessage", EventMessage.CodingKeys.self, extra: ["from", "id", "status"]),
        Case("EventActor", EventActor.CodingKeys.self),
        Case("Network", Network.CodingKeys.self, missing: ["Peers"]),
        Case("ConfigReference", ConfigReference.CodingKeys.self),
        Case("IPAM", IPAM.CodingKeys.self),
        Case("IPAMConfig", IPAMConfig.CodingKeys.self),
        Case("NetworkContainer", NetworkContainer.CodingKeys.self),
        Case("NetworkCreateResponse", NetworkCreateResponse.CodingKeys.self),
        Case("Volume", Volume.CodingKeys.self, missing: ["ClusterVolume"]),
        Case("VolumeListResponse", VolumeListResponse.CodingKeys.self),
        Case("VolumeCreateOptions", VolumeCreateRequest.CodingKeys.self),
        Case("SystemVersion", SystemVersion.CodingKeys.self),
        Case(
            "SystemInfo", SystemInfo.CodingKeys.self,
            extra: ["BridgeNfIp6tables", "BridgeNfIptables", "KernelMemory", "SystemStatus"]),
        Case("PluginsInfo", PluginsInfo.CodingKeys.self),
        Case("FirewallInfo", FirewallInfo.CodingKeys.self),
        Case("ContainerdInfo", ContainerdInfo.CodingKeys.self),
        Case("Runtime", RuntimeInfo.CodingKeys.self),
        Case("Commit", Commit.CodingKeys.self, extra: ["Expected"]),
        Case("SwarmInfo", SwarmInfo.CodingKeys.self, missing: ["Cluster", "Managers", "Nodes"]),
        Case(
            "RegistryServiceConfig", RegistryServiceConfig.CodingKeys.self,
            extra: ["AllowNondistributableArtifactsCIDRs", "AllowNondistributableArtifactsHostnames"]),
        Case("IndexInfo", IndexInfo.CodingKeys.self),
        Case("ErrorResponse", ErrorResponse.CodingKeys.self),
    ]

    @Test(
        "The members are those of the definition", .enabled(if: text != nil, "\(path) is not here"),
        arguments: cases)
    func members(_ sample: Case) throws {
        let definitions = Definitions(try #require(Self.text))
        let theirs = try #require(definitions.members(of: sample.definition))
        #expect(!theirs.isEmpty)
        let ours = Set(sample.keys)
        #expect(ours.subtracting(theirs) == sample.extra)
        #expect(theirs.subtracting(ours) == sample.missing)
    }
}

/// Just enough YAML to find the names of a definition's properties in the API's description.
struct Definitions {
    private var blocks: [String: [Substring]] = [:]

    init(_ text: String) {
        var inside = false
        var name = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "definitions:" {
                inside = true
            } else if let first = line.first, first != " ", first != "#" {
                inside = false
            } else if inside, line.hasPrefix("  "), !line.hasPrefix("   "), line.hasSuffix(":") {
                name = String(line.dropFirst(2).dropLast())
            } else if inside {
                blocks[name, default: []].append(line)
            }
        }
    }

    func members(of name: String) -> Set<String>? {
        guard let lines = blocks[name] else { return nil }
        var found: Set<String> = []
        // Properties at indentation 4, or 6 inside an `allOf`; their names are two deeper.
        var nameIndent: Int?
        var isAllOf = false
        for line in lines {
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            if content.isEmpty || content.first == "#" { continue }
            if indent == 4 { isAllOf = content == "allOf:" }
            if isAllOf, indent == 6, content.hasPrefix("- $ref:"),
                let other = content.split(separator: "/").last?.filter({ $0 != "\"" })
            {
                found.formUnion(members(of: other) ?? [])
            }
            if content == "properties:", indent == 4 || (isAllOf && indent == 8) {
                nameIndent = indent + 2
            } else if let wanted = nameIndent {
                if indent < wanted {
                    nameIndent = nil
                } else if indent == wanted, let colon = content.firstIndex(of: ":") {
                    found.insert(String(content[..<colon]))
                }
            }
        }
        return found
    }
}
