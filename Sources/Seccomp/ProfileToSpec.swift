public import OCI

extension SeccompProfile {
    /// The profile as a bundle's `config.json` has it, for a runtime that compiles it by itself.
    public var specification: RuntimeSpec.Seccomp {
        var names: [String] = []
        if flags.contains(.log) { names.append("SECCOMP_FILTER_FLAG_LOG") }
        if flags.contains(.allowSpeculation) { names.append("SECCOMP_FILTER_FLAG_SPEC_ALLOW") }
        let (action, number) = Self.words(defaultAction)
        return RuntimeSpec.Seccomp(
            defaultAction: action, defaultErrnoRet: number, architectures: architectures.map(\.rawValue),
            flags: names,
            syscalls: rules.map { rule in
                let (action, number) = Self.words(rule.action)
                return RuntimeSpec.SeccompRule(
                    names: rule.names, action: action, errnoRet: number,
                    args: rule.conditions.map { condition in
                        RuntimeSpec.SeccompArgument(
                            index: UInt(condition.argument), value: condition.value,
                            valueTwo: condition.operation == .maskedEqual ? condition.masked : nil,
                            op: condition.operation.rawValue)
                    })
            })
    }

    private static func words(_ action: SeccompAction) -> (String, UInt32?) {
        switch action {
        case .allow: ("SCMP_ACT_ALLOW", nil)
        case .errno(let number): ("SCMP_ACT_ERRNO", UInt32(number))
        case .killThread: ("SCMP_ACT_KILL_THREAD", nil)
        case .killProcess: ("SCMP_ACT_KILL_PROCESS", nil)
        case .trap: ("SCMP_ACT_TRAP", nil)
        case .log: ("SCMP_ACT_LOG", nil)
        case .trace(let number): ("SCMP_ACT_TRACE", UInt32(number))
        }
    }
}
