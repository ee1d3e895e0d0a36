/// Numbers of system calls that are newer than Debian 12's libseccomp (2.5.4, which ends with Linux 5.17).
enum SyscallNumbers {
    static func recent(_ name: String, _ architecture: SeccompArchitecture) -> UInt32? {
        if let own = architectureOwn[name] { return own.architecture == architecture ? own.number : nil }
        if [.x86, .s390, .s390x].contains(architecture), let number = direct[name] { return number }
        guard let number = common[name] else { return nil }
        switch architecture {
        case .x32: return number | 0x4000_0000
        case .mips, .mipsel: return number + 4000
        case .mips64, .mipsel64: return number + 5000
        case .mips64n32, .mipsel64n32: return number + 6000
        default: return number
        }
    }

    /// Since Linux 5.1 a new call has one number everywhere (MIPS adds an offset).
    private static let common: [String: UInt32] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459,
        "lsm_set_self_attr": 460, "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464,
        "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468,
        "file_setattr": 469, "listns": 470,
    ]

    /// Calls that x86 and s390 got late, beside the multiplexers `socketcall` and `ipc`: libseccomp gives
    /// no number.
    private static let direct: [String: UInt32] = [
        "socket": 359, "socketpair": 360, "bind": 361, "connect": 362, "listen": 363, "accept4": 364,
        "getsockopt": 365, "setsockopt": 366, "getsockname": 367, "getpeername": 368, "sendto": 369,
        "sendmsg": 370, "recvfrom": 371, "recvmsg": 372, "shutdown": 373, "semget": 393, "semctl": 394,
        "shmget": 395, "shmctl": 396, "shmat": 397, "shmdt": 398, "msgget": 399, "msgsnd": 400, "msgrcv": 401,
        "msgctl": 402,
    ]

    private static let architectureOwn: [String: (architecture: SeccompArchitecture, number: UInt32)] = [
        "uretprobe": (.x86_64, 335), "uprobe": (.x86_64, 336), "riscv_hwprobe": (.riscv64, 258),
    ]
}
