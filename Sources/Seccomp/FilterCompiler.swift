/// Turns a profile into a filter: for each architecture one binary search over the ranges of numbers that
/// share a fate.
///
/// ```
/// load architecture ── equal? ──► load number ── search tree ──► return action
///        │ none of them                               └──► compare arguments, rule after rule ──► default action
///        ▼
///   kill the thread
/// ```
///
/// Berth compiles by itself, as libseccomp (2.5) refuses calls newer than itself on compatible
/// architectures, takes 6 to 11 ms and makes a longer program: it has a test for every number, where a
/// range needs two.
///
/// A number above all that the profile names returns `ENOSYS`, if the default is an error: a program that
/// tries a call newer than the profile must find it missing, to go on with an older one, and not forbidden.
/// runc does so.
struct FilterCompiler {
    private static let badArchitecture = SeccompAction.killThread
    private static let missingCall = SeccompAction.errno(38)
    private static let x32Bit: UInt32 = 0x4000_0000

    private let profile: SeccompProfile

    init(_ profile: SeccompProfile) { self.profile = profile }

    func compile() throws(SeccompError) -> [BPFInstruction] {
        var program: [BPFInstruction] = [.load(4)]
        var done: Set<UInt32> = []
        for architecture in profile.architectures where done.insert(architecture.auditValue).inserted {
            let group = profile.architectures.filter { $0.auditValue == architecture.auditValue }
            let section = [.load(0)] + tree(ranges(of: group)[...])
            program += Self.whenEqual(architecture.auditValue, section)
        }
        program.append(.give(Self.badArchitecture))
        guard program.count <= 4096 else {
            throw SeccompError(
                "compile seccomp profile: \(program.count) instructions, the kernel takes 4096")
        }
        return program
    }

    /// A fate of a number: an action, or rules to try in turn before the default.
    private enum Fate: Hashable {
        case action(SeccompAction)
        case rules([SeccompRule], isBigEndian: Bool)
    }

    private struct Range {
        var first: UInt32
        var fate: Fate
    }

    private static func whenEqual(_ value: UInt32, _ code: [BPFInstruction]) -> [BPFInstruction] {
        code.count <= 255
            ? [.jump(.equal, value, 0, UInt8(code.count))] + code
            : [.jump(.equal, value, 1, 0), .skip(code.count)] + code
    }

    /// The ranges of all numbers from 0 up, each reaching to the next one's first number.
    private func ranges(of architectures: [SeccompArchitecture]) -> [Range] {
        var ranges: [Range] = []
        func add(_ first: UInt32, _ fate: Fate) {
            if ranges.last?.fate == fate { return }
            if ranges.last?.first == first { ranges.removeLast() }
            if ranges.last?.fate != fate { ranges.append(Range(first: first, fate: fate)) }
        }
        for architecture in architectures.sorted(by: { $0 != .x32 && $1 == .x32 }) {
            let fates = fates(on: architecture)
            let start = architecture == .x32 ? Self.x32Bit : 0
            add(start, .action(profile.defaultAction))
            for (number, fate) in fates.sorted(by: { $0.key < $1.key }) {
                add(number, fate)
                add(number + 1, .action(profile.defaultAction))
            }
            if case .errno = profile.defaultAction, let last = fates.keys.max() {
                add(last + 1, .action(Self.missingCall))
            }
        }
        if architectures.first?.auditValue == SeccompArchitecture.x86_64.token, !architectures.contains(.x32)
        {
            add(Self.x32Bit, .action(Self.badArchitecture))
        }
        return ranges
    }

    private func fates(on architecture: SeccompArchitecture) -> [UInt32: Fate] {
        var actions: [UInt32: SeccompAction] = [:]
        var conditional: [UInt32: [SeccompRule]] = [:]
        for rule in profile.rules {
            for name in rule.names {
                if let number = architecture.number(of: name) {
                    if rule.conditions.isEmpty {
                        if actions[number] == nil { actions[number] = rule.action }
                    } else {
                        conditional[number, default: []].append(SeccompRule([], rule.action, rule.conditions))
                    }
                }
                // A multiplexer's arguments are behind a pointer: only the choice of the call itself can be
                // allowed.
                if rule.conditions.isEmpty, let (outer, call) = Multiplexed.call(name, architecture),
                    let number = architecture.number(of: outer)
                {
                    let condition = SeccompCondition(argument: 0, .equal, call)
                    conditional[number, default: []].append(SeccompRule([], rule.action, [condition]))
                }
            }
        }
        var fates = conditional.mapValues { Fate.rules($0, isBigEndian: architecture.isBigEndian) }
        for (number, action) in actions { fates[number] = .action(action) }
        return fates
    }

    private func tree(_ ranges: ArraySlice<Range>) -> [BPFInstruction] {
        if ranges.count == 1, let only = ranges.first { return code(of: only.fate) }
        let middle = ranges.index(ranges.startIndex, offsetBy: ranges.count / 2)
        let (low, high) = (tree(ranges[..<middle]), tree(ranges[middle...]))
        let pivot = ranges[middle].first
        return low.count <= 255
            ? [.jump(.greaterOrEqual, pivot, UInt8(low.count), 0)] + low + high
            : [.jump(.greaterOrEqual, pivot, 0, 1), .skip(low.count)] + low + high
    }

    private func code(of fate: Fate) -> [BPFInstruction] {
        switch fate {
        case .action(let action): return [.give(action)]
        case .rules(let rules, let isBigEndian):
            return rules.flatMap { ConditionCode.code($0, isBigEndian: isBigEndian) } + [
                .give(profile.defaultAction)
            ]
        }
    }
}

/// Calls that some architectures also, or only, reach through another call's first argument.
enum Multiplexed {
    static func call(_ name: String, _ architecture: SeccompArchitecture) -> (outer: String, number: UInt64)?
    {
        switch architecture {
        case .x86, .s390, .s390x, .ppc64le, .mips, .mipsel: break
        default: return nil
        }
        if let index = sockets.firstIndex(of: name) { return ("socketcall", UInt64(index + 1)) }
        return interprocess[name].map { ("ipc", $0) }
    }

    /// `SYS_SOCKET` (1) and on of linux/net.h.
    private static let sockets = [
        "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send",
        "recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4",
        "recvmmsg", "sendmmsg",
    ]

    /// linux/ipc.h.
    private static let interprocess: [String: UInt64] = [
        "semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12, "msgget": 13,
        "msgctl": 14, "shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
    ]
}

/// The code that compares arguments: 64 bits in two halves, as classic BPF has 32.
enum ConditionCode {
    /// Marks a jump to the rule's end, where the next rule begins.
    private static let fail: UInt8 = 255

    /// Returns the rule's action if all conditions hold, and otherwise runs on behind the code.
    static func code(_ rule: SeccompRule, isBigEndian: Bool) -> [BPFInstruction] {
        var code = rule.conditions.flatMap { test($0, isBigEndian: isBigEndian) }
        code.append(.give(rule.action))
        for index in code.indices {
            // At most 6 instructions for each of 6 arguments: the distance always fits.
            let distance = UInt8(code.count - index - 1)
            if code[index].jumpTrue == fail { code[index].jumpTrue = distance }
            if code[index].jumpFalse == fail { code[index].jumpFalse = distance }
        }
        return code
    }

    private static func test(_ condition: SeccompCondition, isBigEndian: Bool) -> [BPFInstruction] {
        let offset = UInt32(16 + 8 * condition.argument)
        let loadHigh = BPFInstruction.load(isBigEndian ? offset : offset + 4)
        let loadLow = BPFInstruction.load(isBigEndian ? offset + 4 : offset)
        let (high, low) = (UInt32(condition.value >> 32), UInt32(truncatingIfNeeded: condition.value))
        switch condition.operation {
        case .equal:
            return [loadHigh, .jump(.equal, high, 0, fail), loadLow, .jump(.equal, low, 0, fail)]
        case .notEqual:
            return [loadHigh, .jump(.equal, high, 0, 2), loadLow, .jump(.equal, low, fail, 0)]
        case .greater, .greaterOrEqual:
            let last = condition.operation == .greater ? BPFInstruction.Test.greater : .greaterOrEqual
            return [
                loadHigh, .jump(.greater, high, 3, 0), .jump(.equal, high, 0, fail),
                loadLow, .jump(last, low, 0, fail),
            ]
        case .less, .lessOrEqual:
            let last = condition.operation == .less ? BPFInstruction.Test.greaterOrEqual : .greater
            return [
                loadHigh, .jump(.greater, high, fail, 0), .jump(.equal, high, 0, 2),
                loadLow, .jump(last, low, fail, 0),
            ]
        case .maskedEqual:
            let masked = condition.masked & condition.value
            return [
                loadHigh, .and(high), .jump(.equal, UInt32(masked >> 32), 0, fail),
                loadLow, .and(low), .jump(.equal, UInt32(truncatingIfNeeded: masked), 0, fail),
            ]
        }
    }
}
