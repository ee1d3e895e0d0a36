internal import Linux

/// The records of one extended header: `25 path=…\n`, by key; the last of a key counts.
struct PaxRecords {
    private(set) var values: [String: ArraySlice<UInt8>] = [:]
    private(set) var attributes: [ExtendedAttribute] = []
    /// `offset numbytes` pairs of GNU sparse 0.0, which repeats its keys.
    private(set) var sparsePairs: [ArraySlice<UInt8>] = []

    static let attributePrefix = "SCHILY.xattr."

    mutating func parse(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Some writers fill the last block with NUL and count it in.
            if rest.allSatisfy({ $0 == 0 }) { return }
            guard let space = rest.firstIndex(of: 0x20),
                rest.distance(from: rest.startIndex, to: space) <= 20,
                let length = Self.decimal(rest[..<space]), length > 0, length <= rest.count
            else { throw Self.malformed }
            let end = rest.startIndex + Int(length)
            guard end - 1 > space, rest[end - 1] == 0x0a,
                let equals = rest[space..<end].firstIndex(of: 0x3d)
            else { throw Self.malformed }
            let key = rest[(space + 1)..<equals]
            let value = rest[(equals + 1)..<(end - 1)]
            try add(key, value)
            rest = rest[end...]
        }
    }

    private mutating func add(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws {
        if key.starts(with: Self.attributePrefix.utf8) {
            let name = key.dropFirst(Self.attributePrefix.utf8.count)
            if name.isEmpty || name.contains(0) { throw Self.malformed }
            let attribute = ExtendedAttribute(name: RawPath(name), value: Array(value))
            attributes.removeAll { $0.name == attribute.name }
            attributes.append(attribute)
            return
        }
        let text = String(decoding: key, as: UTF8.self)
        switch text {
        case "GNU.sparse.offset", "GNU.sparse.numbytes":
            if sparsePairs.count >= 2 * SparseMap.maximumExtents { throw Self.malformed }
            sparsePairs.append(value)
        case "path", "linkpath":
            if value.contains(0) { throw Self.malformed }
            values[text] = value
        default: values[text] = value
        }
    }

    /// A number of this key; nil where it is not there or empty.
    func number(_ key: String) throws -> Int64? {
        guard let value = values[key], !value.isEmpty else { return nil }
        guard let number = Self.decimal(value) else { throw Self.malformed }
        return number
    }

    /// A time: seconds, before 1970 too, with up to nine digits of a fraction that count.
    func time(_ key: String) throws -> FileTime? {
        guard let value = values[key], !value.isEmpty else { return nil }
        let negative = value.first == 0x2d
        let parts = (negative ? value.dropFirst() : value).split(
            separator: 0x2e, maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let seconds = Self.decimal(whole) else { throw Self.malformed }
        var nanoseconds: UInt32 = 0
        if parts.count == 2 {
            let digits = parts[1]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw Self.malformed }
            for index in 0..<9 {
                let digit = index < digits.count ? digits[digits.startIndex + index] - 0x30 : 0
                nanoseconds = nanoseconds * 10 + UInt32(digit)
            }
        }
        if !negative { return FileTime(seconds: seconds, nanoseconds: nanoseconds) }
        return nanoseconds == 0
            ? FileTime(seconds: -seconds)
            : FileTime(seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds)
    }

    static func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        if digits.isEmpty { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = shifted.addingReportingOverflow(Int64(digit - 0x30))
            if overflow || more { return nil }
            value = sum
        }
        return value
    }

    static let malformed = ArchiveError(.malformed, "read tar: invalid extended header")
}
