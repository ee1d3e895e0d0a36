import Linux
import OCI
import Testing

@testable import Seccomp

@Suite("The default seccomp profile")
struct DefaultProfileTests {
    static let referencePath = "/work/shared/reference/seccomp-default.json"

    static var reference: [UInt8]? { try? readFile(referencePath) }

    static let capabilitySets: [Set<String>] = {
        let docker: Set<String> = [
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
            "CAP_AUDIT_WRITE",
        ]
        let special =
            DefaultProfileCalls.byCapability.map(\.capability) + ["CAP_SYS_RESOURCE", "CAP_NET_ADMIN"]
        return [[], docker, docker.union(special)] + special.map { [$0] } + special.map { docker.union([$0]) }
    }()

    /// What a profile does with each name: the action without conditions, or the rules with some.
    private func effect(_ profile: SeccompProfile) -> [String: Set<SeccompRule>] {
        var effect: [String: Set<SeccompRule>] = [:]
        for rule in profile.rules {
            for name in rule.names {
                effect[name, default: []].insert(SeccompRule([], rule.action, rule.conditions))
            }
        }
        for (name, rules) in effect {
            let plain = rules.filter(\.conditions.isEmpty)
            if !plain.isEmpty { effect[name] = plain }
        }
        return effect
    }

    @Test(
        "It has the reference's effect, call by call",
        .enabled(if: reference != nil, "skipped: \(referencePath) is not on this machine"),
        arguments: SeccompArchitecture.allCases)
    func sameAsReference(architecture: SeccompArchitecture) throws {
        let json = try #require(Self.reference)
        for kernel in [KernelVersion(4, 7), KernelVersion(4, 8), KernelVersion(6, 18)] {
            for capabilities in Self.capabilitySets {
                let context = SeccompContext(
                    capabilities: capabilities, architecture: architecture, kernel: kernel)
                let ours = DefaultProfile.resolve(context)
                let theirs = try SeccompProfile(dockerJSON: json, context: context)
                let (left, right) = (effect(ours), effect(theirs))
                for name in Set(left.keys).union(right.keys).sorted() where left[name] != right[name] {
                    Issue.record(
                        "\(name): \(left[name] ?? []) is not \(right[name] ?? []) with \(capabilities) \(kernel)"
                    )
                }
                #expect(ours.defaultAction == theirs.defaultAction)
                #expect(
                    Set(ours.architectures) == Set(theirs.architectures)
                        || theirs.architectures == [architecture])
                #expect(ours.architectures.first == theirs.architectures.first)
            }
        }
    }

    @Test(
        "Both compile to filters that decide alike for every number",
        .enabled(if: reference != nil, "skipped: \(referencePath) is not on this machine"))
    func compiledAlike() throws {
        let json = try #require(Self.reference)
        for capabilities in [[], ["CAP_SYS_ADMIN"], ["CAP_SYS_PTRACE", "CAP_BPF"]] as [Set<String>] {
            for architecture in [SeccompArchitecture.x86_64, .aarch64, .riscv64] {
                let context = SeccompContext(
                    capabilities: capabilities, architecture: architecture, kernel: KernelVersion(6, 1))
                let ours = try SeccompProgram(compiling: DefaultProfile.resolve(context))
                let theirs = try SeccompProgram(
                    compiling: try SeccompProfile(dockerJSON: json, context: context))
                for token in [architecture] + architecture.compatible {
                    let base: UInt32 = token == .x32 ? 0x4000_0000 : 0
                    for number in 0..<UInt32(600) {
                        for argument: UInt64 in [0, 38, 40, 0x1000_0000, 0xFFFF_FFFF, 1 << 40] {
                            let call = FilterInput(
                                number: base + number, architecture: token.auditValue, [argument, 0])
                            #expect(
                                ours.decide(call) == theirs.decide(call), "\(token) \(number) \(argument)")
                        }
                    }
                }
            }
        }
    }

    @Test("What it says of some calls")
    func samples() throws {
        let context = SeccompContext(
            capabilities: ["CAP_SYS_CHROOT"], architecture: .x86_64, kernel: KernelVersion(6, 1))
        let program = try SeccompProgram(compiling: DefaultProfile.resolve(context))
        func decide(_ name: String, _ arguments: UInt64..., on architecture: SeccompArchitecture = .x86_64)
            -> UInt32?
        {
            architecture.number(of: name).map {
                program.decide(FilterInput(number: $0, architecture: architecture.auditValue, arguments))
            }
        }
        let (allowed, forbidden, missing) = (
            SeccompAction.allow.returnValue, 0x5_0001 as UInt32, 0x5_0026 as UInt32
        )
        #expect(decide("read") == allowed && decide("chroot") == allowed && decide("mseal") == allowed)
        #expect(
            decide("mount") == forbidden && decide("io_uring_setup") == forbidden
                && decide("bpf") == forbidden)
        #expect(decide("clone", 17) == allowed && decide("clone", 0x1000_0000) == forbidden)
        #expect(decide("clone3") == missing)
        #expect(
            decide("socket", 2) == allowed && decide("socket", 38) == forbidden
                && decide("socket", 40) == forbidden)
        #expect(decide("socket", 1 << 33) == allowed)
        #expect(decide("personality", 0xFFFF_FFFF) == allowed && decide("personality", 0x40000) == forbidden)
        #expect(decide("read", on: .x86) == allowed && decide("mount", on: .x86) == forbidden)
        #expect(decide("read", on: .x32) == allowed && decide("mount", on: .x32) == forbidden)
        let newer = FilterInput(number: 467, architecture: SeccompArchitecture.x86_64.auditValue, [])
        #expect(program.decide(newer) == missing, "a call newer than the profile is missing, not forbidden")
        let foreign = FilterInput(number: 0, architecture: SeccompArchitecture.aarch64.auditValue, [])
        #expect(program.decide(foreign) == 0, "a foreign convention kills")
        #expect(program.instructions.count / 8 < 800)
    }
}
