/// The character rules of references, one function a production.
enum ReferenceGrammar {
    /// `host[:port]`; the host is a name, an IPv4 address or an IPv6 address in brackets.
    static func isDomain(_ text: String) -> Bool {
        var host = text[...]
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<close]
            guard !address.isEmpty, address.utf8.allSatisfy({ $0.isHexDigit || $0 == 0x3a }) else {
                return false
            }
            let rest = text[text.index(after: close)...]
            return rest.isEmpty || (rest.first == ":" && isPort(rest.dropFirst()))
        }
        if let colon = text.firstIndex(of: ":") {
            guard isPort(text[text.index(after: colon)...]) else { return false }
            host = text[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isDomainComponent)
    }

    private static func isPort(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isDigit)
    }

    private static func isDomainComponent(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return first.isAlphanumeric && last.isAlphanumeric
            && text.utf8.allSatisfy { $0.isAlphanumeric || $0 == 0x2d }
    }

    /// Components of lower-case letters and digits with `.`, `_`, `__` or any number of `-` between them.
    static func isPath(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isPathComponent)
    }

    private static func isPathComponent(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var any = false
        for byte in text.utf8 {
            if byte.isLowerAlphanumeric {
                if !separator.isEmpty, !any || !isSeparator(separator) { return false }
                separator = []
                any = true
            } else if byte == 0x2e || byte == 0x5f || byte == 0x2d {
                separator.append(byte)
            } else {
                return false
            }
        }
        return any && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes == [0x2e] || bytes == [0x5f] || bytes == [0x5f, 0x5f] || bytes.allSatisfy { $0 == 0x2d }
    }

    /// A letter, digit or `_`, then up to 127 of these, `.` and `-`.
    static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isAlphanumeric || first == 0x5f else { return false }
        return text.utf8.count <= 128
            && text.utf8.allSatisfy { $0.isAlphanumeric || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d }
    }

    /// What looks like a digest; whether it is one, ``Digest`` knows.
    static func isDigest(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let digits = text[text.index(after: colon)...]
        return text.utf8.first.map { $0.isAlphanumeric && !$0.isDigit } == true
            && text[..<colon].utf8.allSatisfy { $0.isAlphanumeric || "-_+.".utf8.contains($0) }
            && digits.utf8.count >= 32 && digits.utf8.allSatisfy(\.isHexDigit)
    }
}
