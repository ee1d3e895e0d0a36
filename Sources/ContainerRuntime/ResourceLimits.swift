internal import Linux
internal import OCI
internal import SupervisorProtocol

/// The `RLIMIT_*` numbers of this kernel's usual architectures.
private let limitNumbers: [String: Int32] = [
    "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4,
    "RLIMIT_RSS": 5,
    "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
    "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14,
    "RLIMIT_RTTIME": 15,
]

/// Sets the limits; one above what this host lets the daemon set is an error, as with runc.
func applyLimits(_ limits: [RuntimeSpec.ResourceLimit]) throws(StartFailure) {
    for limit in limits {
        guard let number = limitNumbers[limit.type] else {
            throw refusal("rlimits", "unknown resource limit \"\(limit.type)\"")
        }
        guard limit.soft <= limit.hard else {
            throw refusal(
                "rlimits", "\(limit.type): the soft limit \(limit.soft) is above the hard limit \(limit.hard)"
            )
        }
        do {
            try setResourceLimit(number, soft: limit.soft, hard: limit.hard)
        } catch {
            throw StartFailure(
                kind: .other, stage: "rlimits", code: error.code.rawValue,
                message: "error setting rlimits for ready process: error setting rlimit type \(number): "
                    + error.code.reason)
        }
    }
}
