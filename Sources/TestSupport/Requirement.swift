internal import Linux
public import Testing

/// Something of the machine that a test cannot do without.
public enum Requirement: String, Sendable, CaseIterable {
    case root
    case overlay
    case network
    case berthd
    case ownDaemon = "own-daemon"
    case dockerCLI = "docker-cli"
    case debootstrap
    case dockerPy = "docker-py"
    case nftables
    case cgroupMemory = "cgroup-memory"
    case cgroupCPU = "cgroup-cpu"
    case cgroupPids = "cgroup-pids"
    case peers
    case registry

    /// Why the requirement does not hold here, or nil when it does.
    public var missing: String? {
        switch self {
        case .root:
            (try? readText("/proc/self/status"))?.contains("\nUid:\t0\t0\t") == true ? nil : "needs root"
        case .overlay:
            filesystems.contains("overlay") ? nil : "the kernel has no overlay file system"
        case .network:
            fileExists("/proc/sys/net/ipv4") ? nil : "the kernel has no IPv4"
        case .berthd:
            ["berth", "berthd", "berth-runtime"].allSatisfy { fileExists("\(programsFolder)/\($0)") }
                ? nil : "no berth programs in \(programsFolder) (BERTH_BUILD_DIR)"
        case .ownDaemon:
            environmentVariable("BERTH_E2E_HOST") == nil ? nil : "runs against a host of BERTH_E2E_HOST"
        case .dockerCLI:
            findProgram("docker") == nil ? "no docker command on this machine" : nil
        case .debootstrap:
            findProgram("debootstrap") == nil ? "no debootstrap (apt-get install debootstrap)" : nil
        case .dockerPy:
            dockerPython == nil ? "no Python with the docker package (scripts/test-python)" : nil
        case .nftables:
            findProgram("nft") == nil ? "no nft command (apt-get install nftables)" : nil
        case .cgroupMemory: hasController("memory") ? nil : "no memory cgroup controller"
        case .cgroupCPU: hasController("cpu") ? nil : "no cpu cgroup controller"
        case .cgroupPids: hasController("pids") ? nil : "no pids cgroup controller"
        case .registry:
            ["docker-registry", "openssl", "zstd", "python3"].first { findProgram($0) == nil }.map {
                "no \($0) on this machine (apt-get install docker-registry openssl zstd python3)"
            }
        case .peers:
            hasPeerDocker ? nil : "no peer dockerd answers (../shared/peers/start)"
        }
    }
}

/// Where `../shared/peers/setup` puts the engines to compare with.
public let peersRoot = "/opt/peers/sid"

/// The socket of the dockerd that `../shared/peers/start` starts.
public let peerDockerSocket = "\(peersRoot)/run/docker.sock"

/// Whether that dockerd runs: one that was killed leaves its socket's file behind.
private let hasPeerDocker = (try? SharedDescriptor(connectUnix(peerDockerSocket, kind: .stream))) != nil

private let filesystems: String = {
    let known = (try? readText("/proc/filesystems")) ?? ""
    // The module loads with the first mount; modprobe does the same without one.
    return known.contains("overlay") || fileExists("/sys/module/overlay") ? known + "\noverlay" : known
}()

private func hasController(_ name: String) -> Bool {
    if fileExists("/sys/fs/cgroup/\(name)") { return true }
    let controllers = (try? readText("/sys/fs/cgroup/cgroup.controllers")) ?? ""
    return controllers.split { $0 == " " || $0 == "\n" }.contains { $0 == name }
}

/// A Python that has the `docker` package: `BERTH_TEST_PYTHON`, or the one that `scripts/test-python` made.
public let dockerPython: String? = {
    let made = "/var/cache/berth-tests/python/bin/python3"
    return environmentVariable("BERTH_TEST_PYTHON") ?? (fileExists(made) ? made : nil)
}()

/// A requirement that must hold here (`BERTH_REQUIRE=all`) and does not.
public struct RequirementFailure: Error, CustomStringConvertible {
    public let reason: String
    public var description: String { "BERTH_REQUIRE=all, and \(reason); see .ci/known-limits" }
}

extension Trait where Self == ConditionTrait {
    /// The test or suite runs only where all of `requirements` hold; elsewhere it is skipped with the reason.
    ///
    /// `BERTH_REQUIRE=all` turns the skip into a failure, so that CI cannot pass by skipping; what the machine
    /// of the CI cannot have is listed by name in `.ci/known-limits`.
    public static func requires(_ requirements: Requirement...) -> Self {
        let missing = requirements.compactMap { requirement in
            requirement.missing.map { (name: requirement.rawValue, reason: $0) }
        }
        let strict = environmentVariable("BERTH_REQUIRE") == "all"
        let failure = strict ? missing.first { !knownLimits.contains($0.name) } : nil
        return .enabled(missing.first.map { Comment(rawValue: $0.reason) }) {
            if let failure { throw RequirementFailure(reason: failure.reason) }
            return missing.isEmpty
        }
    }
}

private let knownLimits: Set<String> = {
    let text = (try? readText("\(sourceTree)/.ci/known-limits")) ?? ""
    return Set(
        text.split(separator: "\n").map { String($0.prefix { $0 != "#" && $0 != " " }) }.filter {
            !$0.isEmpty
        })
}()
