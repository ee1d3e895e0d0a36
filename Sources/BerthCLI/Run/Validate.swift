internal import Linux

/// What docker's client checks of single option values, in its words.
enum Validate {
    @Sendable static func attach(_ text: String) throws -> String {
        let name = text.lowercased()
        if ["stdin", "stdout", "stderr"].contains(name) { return name }
        throw FlagValueError("valid streams are STDIN, STDOUT and STDERR")
    }

    /// `NAME=value`; a name alone takes its value from our environment, if it is set there.
    @Sendable static func environment(_ text: String) throws -> String {
        let name = text.prefix { $0 != "=" }
        if name.isEmpty { throw FlagValueError("invalid environment variable: \(text)") }
        if text.contains("=") { return text }
        return environmentVariable(text).map { "\(text)=\($0)" } ?? text
    }

    @Sendable static func label(_ text: String) throws -> String {
        if text.prefix(while: { $0 != "=" }).isEmpty {
            throw FlagValueError("invalid label '\(text)': empty name")
        }
        return text
    }

    @Sendable static func sysctl(_ text: String) throws -> String {
        let known: Set<String> = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
            "kernel.shmmni", "kernel.shm_rmid_forced",
        ]
        guard let equals = text.firstIndex(of: "=") else {
            throw FlagValueError("sysctl '\(text)' is not allowed")
        }
        let name = String(text[..<equals])
        if known.contains(name) || name.hasPrefix("net.") || name.hasPrefix("fs.mqueue.") { return text }
        throw FlagValueError("sysctl '\(text)' is not allowed")
    }

    /// `host:ip` or `host=ip`, made `host:ip`.
    @Sendable static func extraHost(_ text: String) throws -> String {
        guard let cut = text.firstIndex(of: "=") ?? text.firstIndex(of: ":"), cut > text.startIndex else {
            throw FlagValueError("bad format for add-host: \(goQuoted(text))")
        }
        let name = text[..<cut]
        var address = text[text.index(after: cut)...]
        if address.isEmpty { throw FlagValueError("bad format for add-host: \(goQuoted(text))") }
        if address == "host-gateway" { return "\(name):\(address)" }
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        guard IPText.isAddress(address) else {
            throw FlagValueError("invalid IP address in add-host: \(goQuoted(String(address)))")
        }
        return "\(name):\(address)"
    }

    @Sendable static func address(_ text: String) throws -> String {
        if IPText.isAddress(text[...]) { return text }
        throw FlagValueError("IP address is not correctly formatted: \(text)")
    }

    @Sendable static func searchDomain(_ text: String) throws -> String {
        var domain = text[...]
        while domain.first == " " { domain = domain.dropFirst() }
        while domain.last == " " { domain = domain.dropLast() }
        if domain == "." { return "." }
        let labels = (domain.hasSuffix(".") ? domain.dropLast() : domain).split(
            separator: ".", omittingEmptySubsequences: false)
        let fine =
            !labels.isEmpty && domain.utf8.count < 255
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                    && label.allSatisfy {
                        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
                    }
            }
        if !fine { throw FlagValueError("\(text) is not a valid domain") }
        return String(domain)
    }

    @Sendable static func link(_ text: String) throws -> String {
        if text.isEmpty { throw FlagValueError("empty string specified for links") }
        if text.split(separator: ":", omittingEmptySubsequences: false).count > 2 {
            throw FlagValueError("bad format for links: \(text)")
        }
        return text
    }

    @Sendable static func deviceCgroupRule(_ text: String) throws -> String {
        let words = text.split(separator: " ")
        func isNumber(_ part: Substring) -> Bool {
            part == "*" || (!part.isEmpty && part.allSatisfy(\.isNumber))
        }
        let fine =
            words.count == 3 && ["a", "b", "c"].contains(words[0])
            && words[1].split(
                separator: ":", omittingEmptySubsequences: false
            ).count == 2
            && words[1].split(separator: ":", omittingEmptySubsequences: false).allSatisfy(isNumber)
            && words[2].count <= 3 && words[2].allSatisfy { "rwm".contains($0) }
        if fine { return text }
        throw FlagValueError("invalid device cgroup format '\(text)'")
    }

    static func macAddress(_ text: String) throws {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let fine =
            [6, 8, 20].contains(parts.count)
            && parts.allSatisfy {
                $0.count == 2 && $0.allSatisfy(\.isHexDigit)
            }
        if !fine { throw FlagValueError("\(text) is not a valid mac address") }
    }
}

/// Recognises addresses by their text.
enum IPText {
    static func isAddress(_ text: Substring) -> Bool { isV4(text) || isV6(text) }

    static func isV4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 3 && part.allSatisfy { $0.isASCII && $0.isNumber }
                    && (Int(part) ?? 256) < 256 && (part == "0" || !part.hasPrefix("0"))
            }
    }

    static func isV6(_ text: Substring) -> Bool {
        guard text.contains(":") else { return false }
        let halves = text.components("::")
        guard halves.count <= 2 else { return false }
        var count = 0
        for half in halves where !half.isEmpty {
            let groups = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, group) in groups.enumerated() {
                if index == groups.count - 1, group.contains(".") {
                    guard isV4(group) else { return false }
                    count += 2
                    continue
                }
                guard !group.isEmpty, group.count <= 4, group.allSatisfy(\.isHexDigit) else { return false }
                count += 1
            }
        }
        return halves.count == 2 ? count < 8 : count == 8
    }
}

extension Substring {
    /// The parts between the occurrences of a separator of several characters.
    func components(_ separator: String) -> [Substring] {
        var parts: [Substring] = [], rest = self
        while let range = rest.findRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }

    private func findRange(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
