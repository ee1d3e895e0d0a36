import Glibc
import Linux
import OCI
import Testing

@testable import Seccomp

@Suite("Compiling seccomp profiles")
struct SeccompProgramTests {
    private static let values: [UInt64] = [
        0, 1, 5, 6, 7, 1 << 32, 1 << 32 + 5, 1 << 32 + 6, .max, .max - 1, 0xFFFF_FFFF,
    ]

    private static func holds(_ operation: SeccompCondition.Operation, _ left: UInt64, _ right: UInt64)
        -> Bool
    {
        switch operation {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .maskedEqual: left & right == 0
        }
    }

    @Test(
        "Comparisons of 64 bits",
        arguments: [
            SeccompCondition.Operation.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
            .maskedEqual,
        ])
    func comparisons(operation: SeccompCondition.Operation) throws {
        for value in Self.values {
            let argument = RuntimeSpec.SeccompArgument(index: 1, value: value, op: operation.rawValue)
            let spec = RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"],
                syscalls: [
                    RuntimeSpec.SeccompRule(names: ["read"], action: "SCMP_ACT_ALLOW", args: [argument])
                ])
            let program = try SeccompProgram(compiling: try SeccompProfile(spec))
            for candidate in Self.values {
                let input = FilterInput(number: 0, architecture: 0xC000_003E, [9, candidate])
                let expected =
                    Self.holds(operation, candidate, value) ? SeccompAction.allow.returnValue : 0x5_0001
                #expect(program.decide(input) == expected, "\(candidate) \(operation) \(value)")
            }
        }
    }

    @Test("Several conditions must all hold; several of one argument are alternatives")
    func severalConditions() throws {
        func rule(_ arguments: [(UInt, UInt64)]) -> RuntimeSpec.SeccompRule {
            RuntimeSpec.SeccompRule(
                names: ["read", "no_such_call"], action: "SCMP_ACT_LOG",
                args: arguments.map {
                    RuntimeSpec.SeccompArgument(index: $0.0, value: $0.1, op: "SCMP_CMP_EQ")
                })
        }
        func decide(_ rule: RuntimeSpec.SeccompRule, _ arguments: [UInt64]) throws -> UInt32 {
            let spec = RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_KILL_PROCESS", architectures: ["SCMP_ARCH_X86_64"], syscalls: [rule])
            return try SeccompProgram(compiling: try SeccompProfile(spec))
                .decide(FilterInput(number: 0, architecture: 0xC000_003E, arguments))
        }
        #expect(try decide(rule([(0, 1), (5, 2)]), [1, 0, 0, 0, 0, 2]) == SeccompAction.log.returnValue)
        #expect(
            try decide(rule([(0, 1), (5, 2)]), [1, 0, 0, 0, 0, 3]) == SeccompAction.killProcess.returnValue)
        #expect(try decide(rule([(0, 1), (0, 2)]), [2]) == SeccompAction.log.returnValue)
        #expect(try decide(rule([(0, 1), (0, 2)]), [3]) == SeccompAction.killProcess.returnValue)
    }

    @Test("A call that 32-bit programs make through socketcall is allowed there too")
    func multiplexed() throws {
        let profile = SeccompProfile(
            defaultAction: .errno(1), architectures: [.x86], rules: [SeccompRule(["bind"], .allow)])
        let program = try SeccompProgram(compiling: profile)
        func decide(_ number: UInt32, _ argument: UInt64) -> UInt32 {
            program.decide(FilterInput(number: number, architecture: 0x4000_0003, [argument]))
        }
        #expect(decide(361, 0) == SeccompAction.allow.returnValue)
        #expect(decide(102, 2) == SeccompAction.allow.returnValue && decide(102, 3) == 0x5_0001)
    }

    @Test(
        "What is not understood is refused with words",
        arguments: [
            (#"{"defaultAction":"SCMP_ACT_NOPE"}"#, #"unknown action "SCMP_ACT_NOPE""#),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_VAX"]}"#,
                #"unknown architecture "SCMP_ARCH_VAX""#
            ),
            (#"{"defaultAction":"SCMP_ACT_ALLOW","flags":["X"]}"#, #"unknown flag "X""#),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"EQ"}]}]}"#,
                #"unknown comparison "EQ""#
            ),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]}"#,
                "six"
            ),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ERRNO"}]}"#,
                "both 'name' and 'names'"
            ),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64"}],"architectures":["SCMP_ARCH_X86"]}"#,
                "both 'architectures' and 'archMap'"
            ),
            (#"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, "not supported yet"),
            (#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":5000}"#, "above 4095"),
            (#"{"syscalls":[]}"#, "defaultAction"), ("{", "decoding seccomp profile failed"),
            (
                #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_LOG","includes":{"minKernel":"x"}}]}"#,
                "minKernel"
            ),
        ])
    func refused(json: String, words: String) throws {
        let context = SeccompContext(capabilities: [], architecture: .x86_64, kernel: KernelVersion(6, 1))
        let error = #expect(throws: SeccompError.self) {
            try SeccompProfile(dockerJSON: Array(json.utf8), context: context)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test(
        "The kernel takes the default filter and holds it",
        .enabled(if: geteuid() == 0, "skipped: needs root"))
    func realKernel() throws {
        // A filter is for good, so a thread of its own wears it.
        var thread = pthread_t()
        let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
            let context = SeccompContext(capabilities: [], kernel: KernelVersion(6, 1))
            guard let program = try? SeccompProgram(compiling: DefaultProfile.resolve(context)) else {
                return nil
            }
            guard (try? program.install()) != nil else { return nil }
            let forbidden = chroot("/") == -1 && errno == EPERM
            let allowed = getppid() > 0
            return UnsafeMutableRawPointer(bitPattern: forbidden && allowed ? 1 : 2)
        }
        try #require(pthread_create(&thread, nil, body, nil) == 0)
        var result: UnsafeMutableRawPointer?
        pthread_join(thread, &result)
        #expect(Int(bitPattern: result) == 1)
    }
}

@Suite("A profile in the words of the runtime specification")
struct ProfileToSpecTests {
    @Test("Reading it again gives the same rules")
    func roundTrip() throws {
        let context = SeccompContext(capabilities: ["CAP_SYS_ADMIN"], kernel: KernelVersion(6, 1))
        let profile = DefaultProfile.resolve(context)
        let again = try SeccompProfile(profile.specification)
        #expect(again == profile)
        let own = SeccompProfile(
            defaultAction: .errno(38), architectures: [.native],
            rules: [
                SeccompRule(["read"], .allow),
                SeccompRule(
                    ["write"], .killProcess, [SeccompCondition(argument: 1, .maskedEqual, 7, masked: 4)]),
                SeccompRule(["close"], .trace(5)), SeccompRule(["open"], .trap), SeccompRule(["mount"], .log),
                SeccompRule(["dup"], .killThread, [SeccompCondition(argument: 0, .greater, 9)]),
            ], flags: .log)
        #expect(try SeccompProfile(own.specification) == own)
    }
}
