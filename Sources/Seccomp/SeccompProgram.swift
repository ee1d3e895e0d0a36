public import Linux

/// A compiled filter: the kernel's classic BPF, ready to install or to send to a supervisor.
public struct SeccompProgram: Sendable, Hashable {
    /// `struct sock_filter` after `struct sock_filter`, 8 bytes each, in this machine's byte order.
    public var instructions: [UInt8]
    public var flags: SeccompFlags

    public init(instructions: [UInt8], flags: SeccompFlags) {
        self.instructions = instructions
        self.flags = flags
    }

    /// Compiles `profile`; about half a millisecond for the default one, so keep the result.
    public init(compiling profile: SeccompProfile) throws(SeccompError) {
        let program = try FilterCompiler(profile).compile()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(program.count * 8)
        for instruction in program { instruction.append(to: &bytes) }
        self.init(instructions: bytes, flags: profile.flags)
    }

    /// Filters the calling thread and what it starts from here on, for good.
    ///
    /// The thread must have `no_new_privs` or `CAP_SYS_ADMIN`. Where the kernel does not know
    /// `SECCOMP_FILTER_FLAG_SPEC_ALLOW` (before 4.17) it goes without.
    public func install() throws(SystemError) {
        do {
            try install(flags)
        } catch let error where error.code == .invalid && flags.contains(.allowSpeculation) {
            try install(flags.subtracting(.allowSpeculation))
        }
    }

    private func install(_ flags: SeccompFlags) throws(SystemError) {
        let result: Result<Void, SystemError> = instructions.withUnsafeBytes { buffer in
            do throws(SystemError) {
                return .success(try installSeccompFilter(buffer, flags: flags.rawValue))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

/// One instruction of classic BPF.
struct BPFInstruction: Hashable {
    var code: UInt16
    var jumpTrue: UInt8 = 0
    var jumpFalse: UInt8 = 0
    var value: UInt32

    static func load(_ offset: UInt32) -> BPFInstruction { BPFInstruction(code: 0x20, value: offset) }
    static func and(_ mask: UInt32) -> BPFInstruction { BPFInstruction(code: 0x54, value: mask) }
    static func give(_ action: SeccompAction) -> BPFInstruction {
        BPFInstruction(code: 0x06, value: action.returnValue)
    }
    static func skip(_ count: Int) -> BPFInstruction { BPFInstruction(code: 0x05, value: UInt32(count)) }

    enum Test: UInt16 {
        case equal = 0x15
        case greater = 0x25
        case greaterOrEqual = 0x35
    }
    static func jump(_ test: Test, _ value: UInt32, _ ifTrue: UInt8, _ ifFalse: UInt8) -> BPFInstruction {
        BPFInstruction(code: test.rawValue, jumpTrue: ifTrue, jumpFalse: ifFalse, value: value)
    }

    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: code) { bytes.append(contentsOf: $0) }
        bytes.append(jumpTrue)
        bytes.append(jumpFalse)
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
