internal import FoundationEssentials
internal import OCI

extension SeccompProfile {
    /// The profile of a file for `--security-opt seccomp=`, as it applies to a container of this context.
    ///
    /// A rule applies where all of its `includes` hold and none of its `excludes`.
    public init(dockerJSON json: [UInt8], context: SeccompContext) throws(SeccompError) {
        let file: DockerProfile
        do {
            file = try JSONDecoder().decode(DockerProfile.self, from: Data(json))
        } catch {
            throw SeccompError("decoding seccomp profile failed: \(Self.words(for: error))")
        }
        let archMap = file.archMap ?? []
        var spec = RuntimeSpec.Seccomp(
            defaultAction: file.defaultAction, defaultErrnoRet: file.defaultErrnoRet,
            architectures: file.architectures ?? [], flags: file.flags ?? [], listenerPath: file.listenerPath)
        if !archMap.isEmpty {
            guard spec.architectures.isEmpty else {
                throw SeccompError(
                    "both 'architectures' and 'archMap' are specified in the seccomp profile, "
                        + "use either 'architectures' or 'archMap'")
            }
            let own = archMap.first { $0.architecture == context.architecture.rawValue }
            spec.architectures = own.map { [$0.architecture] + ($0.subArchitectures ?? []) } ?? []
        }
        if spec.architectures.isEmpty { spec.architectures = [context.architecture.rawValue] }
        for rule in file.syscalls ?? [] {
            guard try rule.applies(in: context) else { continue }
            let names = rule.names ?? []
            if let name = rule.name, !name.isEmpty {
                guard names.isEmpty else {
                    throw SeccompError(
                        "both 'name' and 'names' are specified in the seccomp profile, "
                            + "use either 'name' or 'names'")
                }
                spec.syscalls.append(rule.specRule([name]))
            } else {
                spec.syscalls.append(rule.specRule(names))
            }
        }
        try self.init(spec)
    }

    private static func words(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return #"missing "\#(key.stringValue)""#
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            return #""\#(path.joined(separator: "."))": \#(context.debugDescription)"#
        case .dataCorrupted(let context): return context.debugDescription
        @unknown default: return "\(error)"
        }
    }
}

/// Docker's profile file: the spec's, with conditions on rules and a map of architectures.
private struct DockerProfile: Decodable {
    var defaultAction: String
    var defaultErrnoRet: UInt32?
    var architectures: [String]?
    var archMap: [ArchitectureEntry]?
    var flags: [String]?
    var listenerPath: String?
    var syscalls: [Rule]?

    struct ArchitectureEntry: Decodable {
        var architecture: String
        var subArchitectures: [String]?
    }

    struct Filter: Decodable {
        var caps: [String]?
        var arches: [String]?
        var minKernel: String?
    }

    struct Rule: Decodable {
        var name: String?
        var names: [String]?
        var action: String
        var errnoRet: UInt32?
        var args: [RuntimeSpec.SeccompArgument]?
        var includes: Filter?
        var excludes: Filter?

        func applies(in context: SeccompContext) throws(SeccompError) -> Bool {
            if let arches = excludes?.arches, arches.contains(context.architecture.dockerName) {
                return false
            }
            if let caps = excludes?.caps, !context.capabilities.isDisjoint(with: caps) { return false }
            if let minimum = try version(excludes?.minKernel), context.kernel >= minimum { return false }
            if let arches = includes?.arches, !arches.isEmpty {
                guard arches.contains(context.architecture.dockerName) else { return false }
            }
            if let caps = includes?.caps, !context.capabilities.isSuperset(of: caps) { return false }
            if let minimum = try version(includes?.minKernel), context.kernel < minimum { return false }
            return true
        }

        func specRule(_ names: [String]) -> RuntimeSpec.SeccompRule {
            RuntimeSpec.SeccompRule(names: names, action: action, errnoRet: errnoRet, args: args ?? [])
        }

        private func version(_ text: String?) throws(SeccompError) -> KernelVersion? {
            guard let text, !text.isEmpty else { return nil }
            if let version = KernelVersion(parsing: text) { return version }
            throw SeccompError(#"seccomp profile: minKernel "\#(text)" is not a version like "4.8""#)
        }
    }
}
