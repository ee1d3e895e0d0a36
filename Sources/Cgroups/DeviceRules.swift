internal import Linux
internal import OCI

/// The device rules of a group: a default, and exceptions from it, as cgroup v1 keeps them.
struct DeviceRules: Equatable {
    struct Key: Hashable {
        var type: UInt8
        var major: Int64?
        var minor: Int64?
    }

    /// What holds where no exception does.
    private(set) var allowsByDefault = true
    /// The accesses (1 mknod, 2 read, 4 write: the kernel's bits) that differ from the default.
    private(set) var exceptions: [Key: UInt8] = [:]

    /// Does what is slow the first time in a process: the types' metadata and this file's tables.
    static func warmUp() {
        _ = try? DeviceRules([
            RuntimeSpec.DeviceRule(allow: false, access: "rwm"),
            RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
        ])
    }

    /// Follows the rules one after another.
    init(_ rules: [RuntimeSpec.DeviceRule]) throws(CgroupError) {
        for rule in rules {
            let (types, access) = (try Self.types(rule), try Self.access(rule))
            if types == ["a"] {
                allowsByDefault = rule.allow
                exceptions = [:]
                continue
            }
            for type in types {
                let key = Key(
                    type: type.utf8.first ?? 0, major: Self.number(rule.major), minor: Self.number(rule.minor)
                )
                let bits = access.utf8.reduce(0 as UInt8) { $0 | (Self.bits[$1] ?? 0) }
                if rule.allow == allowsByDefault {
                    let left = (exceptions[key] ?? 0) & ~bits
                    exceptions[key] = left == 0 ? nil : left
                } else {
                    exceptions[key, default: 0] |= bits
                }
            }
        }
    }

    private static let bits: [UInt8: UInt8] = [
        UInt8(ascii: "m"): 1, UInt8(ascii: "r"): 2, UInt8(ascii: "w"): 4,
    ]

    private static func number(_ value: Int64?) -> Int64? { value == -1 ? nil : value }

    /// The device types a rule is for; `a` alone is the rule for everything.
    private static func types(_ rule: RuntimeSpec.DeviceRule) throws(CgroupError) -> [String] {
        switch rule.type ?? "" {
        case "", "a": number(rule.major) == nil && number(rule.minor) == nil ? ["a"] : ["b", "c"]
        case "b": ["b"]
        case "c", "u": ["c"]
        default: throw CgroupError(#"device rule: unknown type "\#(rule.type ?? "")": must be a, b or c"#)
        }
    }

    private static func access(_ rule: RuntimeSpec.DeviceRule) throws(CgroupError) -> String {
        let access = rule.access.flatMap { $0.isEmpty ? nil : $0 } ?? "rwm"
        guard access.utf8.allSatisfy({ bits[$0] != nil }) else {
            throw CgroupError(#"device rule: unknown access "\#(access)": must be of the letters r, w and m"#)
        }
        return access
    }

    // MARK: - v1

    /// Writes the rules to a v1 group's files, each opened once.
    static func apply(_ rules: [RuntimeSpec.DeviceRule], directory: String) throws(CgroupError) {
        let (allow, deny) = (directory + "/devices.allow", directory + "/devices.deny")
        let allowFile = try translating { () throws(SystemError) in
            SharedDescriptor(try openFile(allow, .writeOnly))
        }
        let denyFile = try translating { () throws(SystemError) in
            SharedDescriptor(try openFile(deny, .writeOnly))
        }
        for rule in rules {
            for line in try lines(rule) {
                do {
                    try writeAll(rule.allow ? allowFile.rawValue : denyFile.rawValue, Array(line.utf8))
                } catch {
                    throw CgroupError(writing: line, to: rule.allow ? allow : deny, error.code)
                }
            }
        }
    }

    private static func lines(_ rule: RuntimeSpec.DeviceRule) throws(CgroupError) -> [String] {
        let access = try access(rule)
        func text(_ value: Int64?) -> String { number(value).map(String.init) ?? "*" }
        return try types(rule).map { type in
            type == "a" ? "a *:* rwm" : "\(type) \(text(rule.major)):\(text(rule.minor)) \(access)"
        }
    }

    // MARK: - v2

    /// The rules as an eBPF program of type `BPF_PROG_TYPE_CGROUP_DEVICE`, which returns 1 to allow.
    ///
    /// ```
    /// r2 = type, r3 = access, r4 = major, r5 = minor      (from struct bpf_cgroup_dev_ctx)
    /// each exception: if it is this device (and access): return its answer
    /// return the default
    /// ```
    func program() -> [UInt8] {
        var program: [EBPFInstruction] = [
            .load(2, 1, offset: 0), .and(2, 0xFFFF), .load(3, 1, offset: 0), .shiftRight(3, 16),
            .load(4, 1, offset: 4), .load(5, 1, offset: 8),
        ]
        let ordered = exceptions.sorted {
            ($0.key.type, $0.key.major ?? -1, $0.key.minor ?? -1) < (
                $1.key.type, $1.key.major ?? -1, $1.key.minor ?? -1
            )
        }
        for (key, bits) in ordered {
            // Jumps marked with -1 lead behind the exception's code.
            var code: [EBPFInstruction] = [.skipUnlessEqual(2, key.type == UInt8(ascii: "b") ? 1 : 2)]
            if let major = key.major { code.append(.skipUnlessEqual(4, Int32(truncatingIfNeeded: major))) }
            if let minor = key.minor { code.append(.skipUnlessEqual(5, Int32(truncatingIfNeeded: minor))) }
            code += [.move(1, register: 3)]
            if allowsByDefault {
                // Denied as soon as one denied access is asked for.
                code += [.and(1, Int32(bits)), .skipIfEqual(1, 0)]
            } else {
                // Allowed if nothing else is asked for.
                code += [.and(1, Int32(~bits & 7)), .skipUnlessEqual(1, 0)]
            }
            code += [.move(0, allowsByDefault ? 0 : 1), .exit]
            for index in code.indices where code[index].offset == -1 {
                code[index].offset = Int16(code.count - index - 1)
            }
            program += code
        }
        program += [.move(0, allowsByDefault ? 1 : 0), .exit]
        return program.flatMap(\.bytes)
    }
}

/// One eBPF instruction of the few that a device filter takes; see the kernel's instruction-set document.
struct EBPFInstruction: Equatable {
    var code: UInt8
    var registers: UInt8
    var offset: Int16 = 0
    var value: Int32 = 0

    static func load(_ to: UInt8, _ from: UInt8, offset: Int16) -> EBPFInstruction {
        EBPFInstruction(code: 0x61, registers: from << 4 | to, offset: offset)
    }
    static func and(_ register: UInt8, _ mask: Int32) -> EBPFInstruction {
        EBPFInstruction(code: 0x54, registers: register, value: mask)
    }
    static func shiftRight(_ register: UInt8, _ count: Int32) -> EBPFInstruction {
        EBPFInstruction(code: 0x74, registers: register, value: count)
    }
    static func move(_ to: UInt8, register from: UInt8) -> EBPFInstruction {
        EBPFInstruction(code: 0xBC, registers: from << 4 | to)
    }
    static func move(_ to: UInt8, _ value: Int32) -> EBPFInstruction {
        EBPFInstruction(code: 0xB4, registers: to, value: value)
    }
    static func skipUnlessEqual(_ register: UInt8, _ value: Int32) -> EBPFInstruction {
        EBPFInstruction(code: 0x55, registers: register, offset: -1, value: value)
    }
    static func skipIfEqual(_ register: UInt8, _ value: Int32) -> EBPFInstruction {
        EBPFInstruction(code: 0x15, registers: register, offset: -1, value: value)
    }
    static let exit = EBPFInstruction(code: 0x95, registers: 0)

    var bytes: [UInt8] {
        [code, registers] + withUnsafeBytes(of: offset) { Array($0) }
            + withUnsafeBytes(of: value) { Array($0) }
    }
}
