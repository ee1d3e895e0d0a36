/// One line of `/proc/PID/mountinfo`; see `proc_pid_mountinfo(5)`.
public struct MountTableEntry: Sendable, Hashable {
    public let path: String
    /// Whether what is mounted below goes to its peers, and comes from them.
    public let isShared: Bool
    /// Whether what its peers mount comes here.
    public let isSlave: Bool

    /// Reads all lines, in the kernel's order: of two at one place the later one covers the other.
    public static func all(inMountinfo text: String) -> [MountTableEntry] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 6 else { return nil }
            let tags = words[6...].prefix { $0 != "-" }
            return MountTableEntry(
                path: unescaped(words[4]), isShared: tags.contains { $0.hasPrefix("shared:") },
                isSlave: tags.contains { $0.hasPrefix("master:") })
        }
    }

    /// The mounts that this process sees. None of them is touched, so that one that hangs holds nobody up.
    public static func ofThisProcess() throws(SystemError) -> [MountTableEntry] {
        all(inMountinfo: try readText("/proc/self/mountinfo", limitBytes: 16 << 20))
    }

    /// Spaces and the like stand as octal numbers there.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                digits.allSatisfy({ (0x30...0x37).contains($0) })
            {
                bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
