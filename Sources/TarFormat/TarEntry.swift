public import Linux

/// One entry's header, with everything that extensions said about it.
public struct TarEntry: Sendable {
    /// What an entry makes.
    public enum Kind: Sendable, Hashable {
        case file, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
        /// `g` of PAX, which has no content that counts here.
        case global
    }

    /// Data in a sparse file, of `sizeBytes` from `offset`; holes between.
    public struct Extent: Sendable, Hashable {
        public let offset: Int64
        public let sizeBytes: Int64

        public init(offset: Int64, sizeBytes: Int64) {
            self.offset = offset
            self.sizeBytes = sizeBytes
        }
    }

    public var kind: Kind
    /// As it is in the archive: neither cleaned nor checked.
    public var path: RawPath
    public var linkTarget: RawPath
    /// Permission bits with setuid, setgid and sticky.
    public var mode: UInt32
    public var userID: UInt32
    public var groupID: UInt32
    /// Of the file, holes included.
    public var sizeBytes: Int64
    public var modified: FileTime
    public var deviceMajor: UInt32
    public var deviceMinor: UInt32
    public var attributes: [ExtendedAttribute]
    /// Where the data belongs, if the file is sparse.
    public var extents: [Extent]?

    public init(
        kind: Kind, path: RawPath, linkTarget: RawPath = RawPath([]), mode: UInt32 = 0o644,
        userID: UInt32 = 0,
        groupID: UInt32 = 0, sizeBytes: Int64 = 0, modified: FileTime = FileTime(seconds: 0),
        deviceMajor: UInt32 = 0, deviceMinor: UInt32 = 0, attributes: [ExtendedAttribute] = [],
        extents: [Extent]? = nil
    ) {
        self.kind = kind
        self.path = path
        self.linkTarget = linkTarget
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
        self.sizeBytes = sizeBytes
        self.modified = modified
        self.deviceMajor = deviceMajor
        self.deviceMinor = deviceMinor
        self.attributes = attributes
        self.extents = extents
    }
}
