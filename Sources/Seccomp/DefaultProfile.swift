/// The profile that containers get unless they ask for another: a list of what is allowed, all else is
/// `EPERM`.
///
/// It has the effect of Docker's default profile, so that an image which runs there runs here. What it
/// keeps out: calls that change the machine and not the container (mounts, modules, clocks, reboot, swap),
/// calls with a history of holes in the kernel (bpf, io_uring, keyrings, userfaultfd), and new user
/// namespaces, unless a capability of the container says that it is meant to.
public enum DefaultProfile {
    /// The profile for a container of this context, with every rule that holds there.
    public static func resolve(_ context: SeccompContext) -> SeccompProfile {
        var rules = DefaultProfileCalls.always.map { SeccompRule(names($0.calls), .allow) }
        rules += argumentRules
        for entry in DefaultProfileCalls.byCapability where context.capabilities.contains(entry.capability) {
            rules.append(SeccompRule(names(entry.calls), .allow))
        }
        for entry in DefaultProfileCalls.byArchitecture
        where entry.architectures.contains(context.architecture) {
            rules.append(SeccompRule(names(entry.calls), .allow))
        }
        // Before 4.8 a process under ptrace could change a call after the filter had passed it.
        if context.kernel >= KernelVersion(4, 8) { rules.append(SeccompRule(names(tracing), .allow)) }
        if !context.capabilities.contains("CAP_SYS_ADMIN") { rules += namespaceRules(context.architecture) }
        return SeccompProfile(
            defaultAction: .errno(operationNotPermitted),
            architectures: [context.architecture] + context.architecture.compatible, rules: rules)
    }

    private static let operationNotPermitted: UInt16 = 1
    private static let noSystemCall: UInt16 = 38

    private static func names(_ calls: String) -> [String] {
        calls.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static let tracing = "ptrace process_vm_readv process_vm_writev"

    /// Calls that are allowed with some arguments only.
    private static let argumentRules: [SeccompRule] =
        // Every address family but AF_ALG (38: the kernel's crypto, full of holes) and AF_VSOCK (40: reaches
        // the hypervisor and its other guests).
        [(.less, 38), (.equal, 39), (.greater, 40)].map { (operation, family) in
            SeccompRule(["socket"], .allow, [SeccompCondition(argument: 0, operation, family)])
        }
        // PER_LINUX, PER_LINUX32, both with UNAME26, and the question what it is now: no personality that
        // makes memory executable or addresses predictable.
        + [0, 8, 0x20000, 0x20008, 0xFFFF_FFFF].map { value in
            SeccompRule(["personality"], .allow, [SeccompCondition(argument: 0, .equal, value)])
        }

    /// Without CAP_SYS_ADMIN no new namespaces: `clone` with none of their flags, and no `clone3`.
    ///
    /// A filter cannot look at clone3's flags, which lie in memory: told that there is none, C libraries
    /// use clone.
    private static func namespaceRules(_ architecture: SeccompArchitecture) -> [SeccompRule] {
        // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
        let flags: UInt64 =
            0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000
        // s390 has clone's first two arguments the other way round.
        let argument = [.s390, .s390x].contains(architecture) ? 1 : 0
        return [
            SeccompRule(["clone"], .allow, [SeccompCondition(argument: argument, .maskedEqual, flags)]),
            SeccompRule(["clone3"], .errno(noSystemCall)),
        ]
    }
}
