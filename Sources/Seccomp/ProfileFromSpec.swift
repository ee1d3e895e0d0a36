public import OCI

extension SeccompProfile {
    /// The profile of a bundle's `config.json`.
    ///
    /// Names that no kernel of these architectures has are passed over, as runc does; an unknown action,
    /// comparison, flag or architecture is an error.
    public init(_ spec: RuntimeSpec.Seccomp) throws(SeccompError) {
        if spec.listenerPath?.isEmpty == false {
            throw SeccompError("seccomp profile: listenerPath: notification listeners are not supported yet")
        }
        var architectures: [SeccompArchitecture] = []
        for name in spec.architectures {
            let architecture = try Self.architecture(name)
            if !architectures.contains(architecture) { architectures.append(architecture) }
        }
        if architectures.isEmpty { architectures = [.native] }
        self.init(
            defaultAction: try Self.action(spec.defaultAction, errno: spec.defaultErrnoRet),
            architectures: architectures, rules: [], flags: try Self.flags(spec.flags))
        for rule in spec.syscalls { rules += try Self.rules(rule) }
    }

    static func architecture(_ name: String) throws(SeccompError) -> SeccompArchitecture {
        if let architecture = SeccompArchitecture(rawValue: name) { return architecture }
        throw SeccompError(#"seccomp profile: unknown architecture "\#(name)""#)
    }

    static func action(_ name: String, errno: UInt32?) throws(SeccompError) -> SeccompAction {
        let number = errno ?? 1
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_ERRNO":
            guard number <= 4095 else {
                throw SeccompError("seccomp profile: errnoRet \(number) is above 4095")
            }
            return .errno(UInt16(number))
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRACE": return .trace(UInt16(truncatingIfNeeded: number))
        case "SCMP_ACT_NOTIFY":
            throw SeccompError(
                "seccomp profile: SCMP_ACT_NOTIFY: notification listeners are not supported yet")
        default: throw SeccompError(#"seccomp profile: unknown action "\#(name)""#)
        }
    }

    /// The spec's rule; several comparisons of one argument are alternatives, as in runc.
    static func rules(_ rule: RuntimeSpec.SeccompRule) throws(SeccompError) -> [SeccompRule] {
        guard !rule.names.isEmpty else { throw SeccompError("seccomp profile: a rule without names") }
        let action = try action(rule.action, errno: rule.errnoRet)
        var conditions: [SeccompCondition] = []
        for argument in rule.args {
            guard argument.index < 6 else {
                throw SeccompError("seccomp profile: argument index \(argument.index): a system call has six")
            }
            guard let operation = SeccompCondition.Operation(rawValue: argument.op) else {
                throw SeccompError(#"seccomp profile: unknown comparison "\#(argument.op)""#)
            }
            conditions.append(
                SeccompCondition(
                    argument: Int(argument.index), operation, argument.value, masked: argument.valueTwo ?? 0))
        }
        if Set(conditions.map(\.argument)).count < conditions.count {
            return conditions.map { SeccompRule(rule.names, action, [$0]) }
        }
        return [SeccompRule(rule.names, action, conditions)]
    }

    static func flags(_ names: [String]) throws(SeccompError) -> SeccompFlags {
        if names.isEmpty { return .allowSpeculation }
        var flags: SeccompFlags = []
        for name in names {
            switch name {
            case "SECCOMP_FILTER_FLAG_LOG": flags.insert(.log)
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": flags.insert(.allowSpeculation)
            // The filter is installed while the container's process has one thread.
            case "SECCOMP_FILTER_FLAG_TSYNC": break
            default: throw SeccompError(#"seccomp profile: unknown flag "\#(name)""#)
            }
        }
        return flags
    }
}
