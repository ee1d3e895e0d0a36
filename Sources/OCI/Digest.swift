/// The name of a content by its hash, such as `sha256:9f86d0…`.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// A hash function that the OCI image specification registers.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case sha256
        case sha384
        case sha512

        /// How many hexadecimal digits it has.
        public var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha384: 96
            case .sha512: 128
            }
        }
    }

    /// Why a text is no digest, in the words of Go's `opencontainers/go-digest`.
    public enum ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        case format
        case algorithm
        case length

        public var description: String {
            switch self {
            case .format: "invalid checksum digest format"
            case .algorithm: "unsupported digest algorithm"
            case .length: "invalid checksum digest length"
            }
        }
    }

    public let algorithm: Algorithm
    /// Lower-case hexadecimal digits, as many as the algorithm has.
    public let hex: String

    /// Parses `algorithm:hex`.
    public init(parsing text: String) throws(ParseError) {
        guard let colon = text.firstIndex(of: ":") else { throw .format }
        let name = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !name.isEmpty, !digits.isEmpty else { throw .format }
        guard let algorithm = Algorithm(rawValue: String(name)) else {
            let plain = name.utf8.allSatisfy { $0.isLowerAlphanumeric || "+._-".utf8.contains($0) }
            throw plain ? .algorithm : .format
        }
        guard digits.utf8.count == algorithm.hexLength else { throw .length }
        guard digits.utf8.allSatisfy(\.isLowerHexDigit) else { throw .format }
        self.algorithm = algorithm
        hex = String(digits)
    }

    /// The SHA-256 digest whose 32 bytes are `bytes`.
    public init(sha256 bytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        precondition(text.count == 64, "a SHA-256 has 32 bytes")
        algorithm = .sha256
        hex = String(decoding: text, as: UTF8.self)
    }

    /// `algorithm:hex`.
    public var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve digits, as commands show it.
    public var short: String { String(hex.prefix(12)) }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(error): \(text.debugDescription)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension UInt8 {
    var isLowerAlphanumeric: Bool { (0x61...0x7a).contains(self) || isDigit }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isUpper: Bool { (0x41...0x5a).contains(self) }
    var isAlphanumeric: Bool { isLowerAlphanumeric || isUpper }
    var isLowerHexDigit: Bool { isDigit || (0x61...0x66).contains(self) }
    var isHexDigit: Bool { isLowerHexDigit || (0x41...0x46).contains(self) }
}
