/// A sequence of keys that leaves a container's terminal without ending the container.
public struct DetachKeys: Sendable {
    private let sequence: [UInt8]
    private var matched = 0

    /// The words `ctrl-p,ctrl-q`, `a`, `ctrl-@`; an empty text stands for docker's default.
    public init(parsing text: String) throws(DetachKeysError) {
        var sequence: [UInt8] = []
        for key in (text.isEmpty ? "ctrl-p,ctrl-q" : text).split(
            separator: ",", omittingEmptySubsequences: false)
        {
            let bytes = Array(key.utf8)
            if bytes.count == 1 {
                sequence.append(bytes[0])
            } else if bytes.count == 6, key.hasPrefix("ctrl-"), let code = Self.control(bytes[5]) {
                sequence.append(code)
            } else {
                throw DetachKeysError(key: String(key))
            }
        }
        self.sequence = sequence
    }

    private static func control(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return byte - 96
        case UInt8(ascii: "@"): return 0
        case UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            return byte - 64
        default: return nil
        }
    }

    /// Passes typed bytes on, and tells whether the sequence is complete; its keys are kept back until then.
    public mutating func filter(_ bytes: [UInt8]) -> (passed: [UInt8], detached: Bool) {
        var passed: [UInt8] = []
        for byte in bytes {
            if byte == sequence[matched] {
                matched += 1
                if matched == sequence.count { return (passed, true) }
                continue
            }
            passed += sequence[..<matched]
            matched = 0
            if byte == sequence[0], sequence.count > 1 { matched = 1 } else { passed.append(byte) }
        }
        return (passed, false)
    }
}

/// A key of a detach sequence that does not exist.
public struct DetachKeysError: Error, Hashable, Sendable, CustomStringConvertible {
    public let key: String
    public var description: String { "Unknown character: '\(key)'" }
}
