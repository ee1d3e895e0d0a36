/// The name of a device of the Container Device Interface: `vendor.com/class=device`.
public struct QualifiedDeviceName: Sendable, Hashable, CustomStringConvertible {
    public let kind: String
    public let device: String

    public var description: String { "\(kind)=\(device)" }

    public init(kind: String, device: String) {
        self.kind = kind
        self.device = device
    }

    /// Reads `text`; nil if it names no device of any specification.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2, Self.fault(ofKind: parts[0]) == nil, Self.fault(ofDevice: parts[1]) == nil
        else {
            return nil
        }
        (kind, device) = (parts[0], parts[1])
    }

    /// What is wrong with `vendor.com/class`; nil if nothing is.
    public static func fault(ofKind kind: String) -> String? {
        let parts = kind.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        // Without a slash all of it is the class.
        return fault(parts.count == 2 ? parts[0] : "", "vendor")
            ?? fault(parts.count == 2 ? parts[1] : kind, "class")
    }

    private static func fault(_ name: String, _ what: String) -> String? {
        if name.isEmpty { return "invalid \(what). empty name" }
        if !isLetter(name.utf8.first) { return "\(what) \"\(name)\", should start with letter" }
        if !isLetterOrDigit(name.utf8.last) {
            return "\(what) \"\(name)\", should end with a letter or digit"
        }
        let isClean = name.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
        return isClean ? nil : "invalid character in \(what) \"\(name)\""
    }

    /// What is wrong with a device's name; nil if nothing is.
    public static func fault(ofDevice name: String) -> String? {
        if name.isEmpty { return "invalid (empty) device name" }
        if !isLetterOrDigit(name.utf8.first) {
            return "invalid name \"\(name)\", should start with a letter or digit"
        }
        if !isLetterOrDigit(name.utf8.last) {
            return "invalid name \"\(name)\", should end with a letter or digit"
        }
        let isClean = name.utf8.allSatisfy { isLetterOrDigit($0) || "-_.:".utf8.contains($0) }
        return isClean ? nil : "invalid character in device name \"\(name)\""
    }

    private static func isLetter(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return isLetter(byte) || (0x30...0x39).contains(byte)
    }
}
