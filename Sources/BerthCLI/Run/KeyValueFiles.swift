internal import Linux

/// Files of `NAME=value` lines, and their merging with options.
enum KeyValueFiles {
    /// The environment out of files and options, in that order.
    static func environment(_ files: [String], _ given: [String]) throws -> [String] {
        unique(try files.flatMap { try read($0, inherits: true) } + given)
    }

    /// Each variable once, with the value that was given last.
    private static func unique(_ lines: [String]) -> [String] {
        var places: [Substring: Int] = [:], result: [String] = []
        for line in lines {
            let name = line.prefix { $0 != "=" }
            if let place = places[name] {
                result[place] = line
            } else {
                places[name] = result.count
                result.append(line)
            }
        }
        return result
    }

    /// The labels out of files and options, in that order.
    static func labels(_ files: [String], _ given: [String]) throws -> [String] {
        try files.flatMap { try read($0, inherits: false) } + given
    }

    private static func read(_ path: String, inherits: Bool) throws -> [String] {
        let bytes: [UInt8]
        do { bytes = try readFile(path) } catch { throw CommandFailure("open \(path): \(error.code.reason)") }
        var lines: [String] = []
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        for (number, raw) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard String(validating: raw, as: UTF8.self) != nil else {
                throw CommandFailure(
                    "invalid env file (\(path)): invalid utf8 bytes at line \(number + 1): \(Array(raw))")
            }
            let line = String(decoding: raw.last == 13 ? raw.dropLast() : raw, as: UTF8.self)
            let body = line.drop { $0 == " " || $0 == "\t" }
            if body.isEmpty || body.hasPrefix("#") { continue }
            let name = body.prefix { $0 != "=" }
            if name.isEmpty {
                throw CommandFailure("invalid env file (\(path)): no variable name on line '\(body)'")
            }
            if name.contains(where: { $0 == " " || $0 == "\t" }) {
                throw CommandFailure("invalid env file (\(path)): variable '\(name)' contains whitespaces")
            }
            if body.contains("=") {
                lines.append(String(body))
            } else if inherits, let value = environmentVariable(String(name)) {
                lines.append("\(name)=\(value)")
            }
        }
        return lines
    }
}
