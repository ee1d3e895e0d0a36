internal import CSeccomp

/// A system-call convention that a filter knows.
public enum SeccompArchitecture: String, Sendable, Hashable, CaseIterable {
    case x86 = "SCMP_ARCH_X86"
    case x86_64 = "SCMP_ARCH_X86_64"
    case x32 = "SCMP_ARCH_X32"
    case arm = "SCMP_ARCH_ARM"
    case aarch64 = "SCMP_ARCH_AARCH64"
    case riscv64 = "SCMP_ARCH_RISCV64"
    case ppc64le = "SCMP_ARCH_PPC64LE"
    case s390 = "SCMP_ARCH_S390"
    case s390x = "SCMP_ARCH_S390X"
    case mips = "SCMP_ARCH_MIPS"
    case mips64 = "SCMP_ARCH_MIPS64"
    case mips64n32 = "SCMP_ARCH_MIPS64N32"
    case mipsel = "SCMP_ARCH_MIPSEL"
    case mipsel64 = "SCMP_ARCH_MIPSEL64"
    case mipsel64n32 = "SCMP_ARCH_MIPSEL64N32"
    case loongarch64 = "SCMP_ARCH_LOONGARCH64"

    /// The one this program was built for.
    public static var native: SeccompArchitecture {
        #if arch(x86_64)
            .x86_64
        #elseif arch(arm64)
            .aarch64
        #elseif arch(riscv64)
            .riscv64
        #elseif arch(powerpc64le)
            .ppc64le
        #elseif arch(s390x)
            .s390x
        #elseif arch(i386)
            .x86
        #else
            .arm
        #endif
    }

    /// Docker's word for it in `includes` and `excludes` of a profile: Go's name.
    public var dockerName: String {
        switch self {
        case .x86: "x86"
        case .x86_64: "amd64"
        case .x32: "x32"
        case .arm: "arm"
        case .aarch64: "arm64"
        case .riscv64: "riscv64"
        case .ppc64le: "ppc64le"
        case .s390: "s390"
        case .s390x: "s390x"
        case .mips: "mips"
        case .mips64: "mips64"
        case .mips64n32: "mips64n32"
        case .mipsel: "mipsel"
        case .mipsel64: "mipsel64"
        case .mipsel64n32: "mipsel64n32"
        case .loongarch64: "loong64"
        }
    }

    /// The conventions beside its own that a kernel of this architecture may serve.
    public var compatible: [SeccompArchitecture] {
        switch self {
        case .x86_64: [.x86, .x32]
        case .aarch64: [.arm]
        case .s390x: [.s390]
        case .mips64: [.mips, .mips64n32]
        case .mips64n32: [.mips, .mips64]
        case .mipsel64: [.mipsel, .mipsel64n32]
        case .mipsel64n32: [.mipsel, .mipsel64]
        default: []
        }
    }

    /// libseccomp's token: the kernel's `AUDIT_ARCH_*`, but for ``x32``.
    var token: UInt32 {
        switch self {
        case .x86: 0x4000_0003
        case .x86_64: 0xC000_003E
        case .x32: 0x4000_003E
        case .arm: 0x4000_0028
        case .aarch64: 0xC000_00B7
        case .riscv64: 0xC000_00F3
        case .ppc64le: 0xC000_0015
        case .s390: 0x0000_0016
        case .s390x: 0x8000_0016
        case .mips: 0x0000_0008
        case .mips64: 0x8000_0008
        case .mips64n32: 0xA000_0008
        case .mipsel: 0x4000_0008
        case .mipsel64: 0xC000_0008
        case .mipsel64n32: 0xE000_0008
        case .loongarch64: 0xC000_0102
        }
    }

    /// What the kernel reports for a call: ``x32`` shares it with ``x86_64`` and differs in the number's
    /// bit 30.
    var auditValue: UInt32 { self == .x32 ? SeccompArchitecture.x86_64.token : token }

    var isBigEndian: Bool { auditValue & 0x4000_0000 == 0 }

    /// The number of the system call `name`, or nil where this architecture has none.
    func number(of name: String) -> UInt32? {
        let known = seccomp_syscall_resolve_name_arch(token, name)
        if known >= 0 { return UInt32(known) }
        return SyscallNumbers.recent(name, self)
    }
}
