internal import Glibc

/// A device file: its kind, its number and who owns it.
public struct DeviceNode: Sendable, Hashable {
    public let isBlock: Bool
    public let major: Int64
    public let minor: Int64
    /// Permission bits.
    public let mode: UInt32
    public let userID: UInt32
    public let groupID: UInt32

    /// Reads the device at `path`, links followed; nil if something else is there.
    public init?(at path: String) throws(SystemError) {
        var info = stat()
        try checked("stat", path) { stat(path, &info) }
        let kind = info.st_mode & 0o170000
        guard kind == 0o020000 || kind == 0o060000 else { return nil }
        isBlock = kind == 0o060000
        // The number's layout is glibc's gnu_dev_major(3): the halves are interleaved.
        let number = UInt64(info.st_rdev)
        major = Int64((number >> 8) & 0xfff | (number >> 32) & 0xffff_f000)
        minor = Int64(number & 0xff | (number >> 12) & 0xffff_ff00)
        mode = info.st_mode & 0o777
        userID = info.st_uid
        groupID = info.st_gid
    }
}
