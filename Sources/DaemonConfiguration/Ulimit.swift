internal import OrderedJSON

/// A limit that containers get unless they are told otherwise.
public struct Ulimit: Sendable, Hashable {
    public var name: String
    public var soft: Int64
    public var hard: Int64

    public init(name: String, soft: Int64, hard: Int64) {
        (self.name, self.soft, self.hard) = (name, soft, hard)
    }

    private static let names: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio", "rttime", "sigpending", "stack",
    ]

    /// Reads `nofile=1024:2048`.
    init(parsing text: String) throws(SettingFault) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2 else { throw SettingFault("invalid ulimit argument: \(text)") }
        guard Self.names.contains(parts[0]) else { throw SettingFault("invalid ulimit type: \(parts[0])") }
        let limits = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard limits.count <= 2 else {
            throw SettingFault(
                "too many limit value arguments - \(parts[1]), can only have up to two, `soft[:hard]`")
        }
        var values: [Int64] = []
        for limit in limits {
            guard let value = Int64(limit) else {
                throw SettingFault("strconv.ParseInt: parsing \(SettingKind.quoted(limit)): invalid syntax")
            }
            values.append(value)
        }
        let (soft, hard) = (values[0], values.last ?? values[0])
        if hard != -1 && (soft == -1 || soft > hard) {
            throw SettingFault(
                soft == -1
                    ? "ulimit soft limit cannot be unlimited when hard limit is set"
                    : "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
        }
        self.init(name: parts[0], soft: soft, hard: hard)
    }

    var json: JSONValue {
        ["Name": .string(name), "Hard": .number(String(hard)), "Soft": .number(String(soft))]
    }
}
