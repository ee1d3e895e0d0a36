internal import FoundationEssentials
public import OCI

/// Sets a config by Dockerfile instructions, as `import --change` and `commit --change` do.
public enum ConfigChanges {
    private static let instructions: Set = [
        "cmd", "entrypoint", "env", "expose", "healthcheck", "label", "onbuild", "stopsignal", "user",
        "volume",
        "workdir",
    ]

    /// `base` (or an empty config) after `changes`, each one instruction; nil where there is neither.
    public static func apply(_ changes: [String], to base: ContainerDefaults?) throws -> ContainerDefaults? {
        var config = base
        var hasCommand = false
        for change in changes {
            let lines = logicalLines(change)
            if lines.isEmpty { throw ImageError(.invalid, "file with no instructions") }
            for line in lines {
                var changed = config ?? ContainerDefaults()
                try apply(line, to: &changed, hasCommand: &hasCommand)
                config = changed
            }
        }
        return config
    }

    /// Lines with those joined that end in a backslash; comments and empty ones left out.
    private static func logicalLines(_ text: String) -> [String] {
        var lines: [String] = []
        var open = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            if trimmed.hasSuffix("\\") {
                open += trimmed.dropLast()
            } else {
                lines.append(open + trimmed)
                open = ""
            }
        }
        if !open.isEmpty { lines.append(open) }
        return lines
    }

    private static func apply(
        _ line: String, to config: inout ContainerDefaults, hasCommand: inout Bool
    ) throws {
        let name = line.prefix { $0 != " " && $0 != "\t" }
        let rest = line[name.endIndex...].trimmed
        let instruction = name.lowercased()
        guard instructions.contains(instruction) else {
            throw ImageError(.invalid, "\(name.uppercased()) is not a valid change command")
        }
        if rest.isEmpty, instruction != "cmd", instruction != "entrypoint" {
            let count = ["user", "workdir", "stopsignal"].contains(instruction) ? "exactly" : "at least"
            throw ImageError(.invalid, "\(instruction.uppercased()) requires \(count) one argument")
        }
        switch instruction {
        case "cmd":
            config.cmd = try command(rest)
            hasCommand = true
        case "entrypoint":
            config.entrypoint = try command(rest)
            // A command that was meant for another entry point goes with it.
            if !hasCommand { config.cmd = nil }
        case "env":
            for (key, value) in try pairs(rest, "ENV") {
                var env = config.env ?? []
                env.removeAll { $0.hasPrefix("\(key)=") }
                env.append("\(key)=\(value)")
                config.env = env
            }
        case "expose":
            for port in rest.split(whereSeparator: \.isBlank) {
                for each in try ports(String(port)) { config.exposedPorts = config.exposedPorts.adding(each) }
            }
        case "healthcheck": config.healthcheck = try healthcheck(rest)
        case "label":
            for (key, value) in try pairs(rest, "LABEL") {
                config.labels = (config.labels ?? [:]).merging([key: value]) { $1 }
            }
        case "onbuild":
            if rest.prefix(while: { !$0.isBlank }).uppercased() == "ONBUILD" {
                throw ImageError(.invalid, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
            }
            config.onBuild = (config.onBuild ?? []) + [rest]
        case "stopsignal": config.stopSignal = try words(rest).joined()
        case "user": config.user = try words(rest).joined()
        case "volume":
            let paths = try rest.hasPrefix("[") ? json(rest) ?? words(rest) : words(rest)
            for path in paths {
                if path.isEmpty { throw ImageError(.invalid, "VOLUME specified can not be an empty string") }
                config.volumes = config.volumes.adding(path)
            }
        case "workdir":
            let path = try words(rest).joined(separator: " ")
            config.workingDir = clean(path.hasPrefix("/") ? path : (config.workingDir ?? "/") + "/" + path)
        default: break
        }
    }

    /// The JSON form as it is, the shell form behind `/bin/sh -c`.
    private static func command(_ text: String) throws -> [String] {
        if text.isEmpty { return [] }
        return json(text) ?? ["/bin/sh", "-c", text]
    }

    private static func json(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// Words, with quotes and backslashes taken out.
    private static func words(_ text: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var any = false
        var quote: Character?
        var escaped = false
        for character in text {
            if escaped {
                if quote == "\"" && character != "\"" && character != "\\" && character != "$" {
                    word.append("\\")
                }
                word.append(character)
                escaped = false
            } else if character == "\\" && quote != "'" {
                (escaped, any) = (true, true)
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                (quote, any) = (character, true)
            } else if character.isBlank {
                if any { words.append(word) }
                (word, any) = ("", false)
            } else {
                word.append(character)
                any = true
            }
        }
        if let quote {
            let kind = quote == "'" ? "single" : "double"
            throw ImageError(
                .invalid, "unexpected end of statement while looking for matching \(kind)-quote: \(text)")
        }
        if any { words.append(word) }
        return words
    }

    /// `KEY=value` as often as it comes, or the old form `KEY the rest`.
    private static func pairs(_ text: String, _ instruction: String) throws -> [(String, String)] {
        let first = text.prefix { !$0.isBlank }
        if !first.contains("=") {
            let value = text[first.endIndex...].trimmed
            if value.isEmpty { throw ImageError(.invalid, "\(instruction) must have two arguments") }
            return [(String(first), try words(value).joined(separator: " "))]
        }
        return try words(text).map { word in
            guard let equals = word.firstIndex(of: "=") else {
                throw ImageError(
                    .invalid,
                    "Syntax error - can't find = in \"\(word)\". Must be of the form: name=value")
            }
            if equals == word.startIndex {
                throw ImageError(.invalid, "\(instruction) names can not be blank")
            }
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
    }

    /// `80`, `80/udp`, `8000-8002/tcp`: one port each.
    private static func ports(_ text: String) throws -> [String] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let proto = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(proto) else {
            throw ImageError(.invalid, "Invalid proto: \(proto)")
        }
        let range = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard range.count <= 2, let low = range.first ?? nil, let high = range.last ?? nil, low <= high else {
            throw ImageError(.invalid, "Invalid containerPort: \(text)")
        }
        return (low...high).map { "\($0)/\(proto)" }
    }

    private static func healthcheck(_ text: String) throws -> ContainerDefaults.Healthcheck {
        var check = ContainerDefaults.Healthcheck()
        var rest = text[...]
        while rest.hasPrefix("--") {
            let flag = rest.prefix { !$0.isBlank }
            rest = rest[flag.endIndex...].trimmed[...]
            let parts = flag.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ImageError(.invalid, "invalid HEALTHCHECK flag: \(flag)") }
            if parts[0] == "retries" {
                guard let count = Int(parts[1]), count >= 0 else {
                    throw ImageError(.invalid, "--retries cannot be negative: \(parts[1])")
                }
                check.retries = count
                continue
            }
            guard let time = GoDuration.nanoseconds(parts[1]) else {
                throw ImageError(.invalid, "time: invalid duration \"\(parts[1])\"")
            }
            switch parts[0] {
            case "interval": check.interval = time
            case "timeout": check.timeout = time
            case "start-period": check.startPeriod = time
            case "start-interval": check.startInterval = time
            default: throw ImageError(.invalid, "unknown flag: --\(parts[0])")
            }
        }
        let kind = rest.prefix { !$0.isBlank }.uppercased()
        let argument = rest.drop { !$0.isBlank }.trimmed
        switch kind {
        case "NONE":
            if !argument.isEmpty { throw ImageError(.invalid, "HEALTHCHECK NONE takes no arguments") }
            check.test = ["NONE"]
        case "CMD":
            if argument.isEmpty { throw ImageError(.invalid, "Missing command after HEALTHCHECK CMD") }
            check.test = json(argument).map { ["CMD"] + $0 } ?? ["CMD-SHELL", argument]
        default:
            throw ImageError(.invalid, "Unknown type \"\(kind)\" in HEALTHCHECK (try CMD)")
        }
        return check
    }

    private static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

/// Durations as Go writes them: `1h2m3.5s`.
enum GoDuration {
    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var rest = text[...]
        var total = 0.0
        if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest[unit.endIndex...]
            guard let value = Double(digits), let factor = units.first(where: { $0.0 == unit })?.1 else {
                return nil
            }
            total += value * factor
        }
        return Int64(exactly: total.rounded())
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}

extension Optional where Wrapped == [String: ContainerDefaults.Present] {
    fileprivate func adding(_ key: String) -> Wrapped {
        var copy = self ?? [:]
        copy[key] = ContainerDefaults.Present()
        return copy
    }
}
