internal import Linux
internal import OCI
internal import SupervisorProtocol

/// The `RLIMIT_*` numbers of this kernel's usual architectures.
private let limitNumbers: [String: Int32] = [
    "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
    "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
    "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
]

/// Sets the limits; one above the hard limit that this host allows is cut, and comes back as a warning.
func applyLimits(_ limits: [RuntimeSpec.ResourceLimit]) throws(StartFailure) -> [String] {
    var warnings: [String] = []
    for limit in limits {
        guard let number = limitNumbers[limit.type] else {
            throw refusal("rlimits", "unknown resource limit \"\(limit.type)\"")
        }
        guard limit.soft <= limit.hard else {
            throw refusal(
                "rlimits", "\(limit.type): the soft limit \(limit.soft) is above the hard limit \(limit.hard)")
        }
        do {
            try setResourceLimit(number, soft: limit.soft, hard: limit.hard)
        } catch let error where error.code == .notPermitted {
            let now = try step("rlimits", limit.type) { () throws(SystemError) in try resourceLimit(number) }
            let most = number == 7 ? min(now.hard, fileLimit()) : now.hard
            try step("rlimits", "error setting \(limit.type)") { () throws(SystemError) in
                try setResourceLimit(number, soft: min(limit.soft, most), hard: min(limit.hard, most))
            }
            warnings.append(
                "\(limit.type) \(limit.soft):\(limit.hard) is more than this host allows; it is \(most)")
        } catch {
            throw StartFailure(
                kind: .other, stage: "rlimits", code: error.code.rawValue,
                message: "error setting \(limit.type): \(error)")
        }
    }
    return warnings
}

/// The host's `fs.nr_open`, above which no number of open files may be.
private func fileLimit() -> UInt64 {
    guard let text = try? readText("/proc/sys/fs/nr_open", limitBytes: 64) else { return UInt64.max }
    return UInt64(text.prefix { $0.isNumber }) ?? UInt64.max
}
