internal import Linux
internal import OrderedJSON

/// Platforms as users write them: `linux/arm64/v8`.
enum Platforms {
    /// What `--platform` is where it is not given.
    static let standard = environmentVariable("DOCKER_DEFAULT_PLATFORM") ?? ""

    /// The platform as the API takes it.
    static func json(_ text: String) throws -> String {
        let parts: [String]
        do { parts = try parse(text) } catch { throw CommandFailure("invalid platform: \(error)") }
        var object: JSONObject = ["architecture": .string(parts[1]), "os": .string(parts[0])]
        if parts.count > 2 { object["variant"] = .string(parts[2]) }
        return JSONValue.object(object).text()
    }

    /// Operating system, architecture and perhaps variant; the failure is in docker's words.
    static func parse(_ text: String) throws -> [String] {
        let invalid = { (reason: String) in CommandFailure("\(reason): invalid argument") }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count <= 3 else { throw invalid("\(goQuoted(text)): cannot parse platform specifier") }
        for (index, part) in parts.enumerated() {
            let isSystem = index == 0
            let also = isSystem ? "_-" : "_.-"
            // An operating system may have its version in parentheses.
            let name = isSystem && part.hasSuffix(")") ? part.prefix { $0 != "(" } : part[...]
            let isFine =
                !name.isEmpty
                && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || also.contains($0)) }
            if isFine { continue }
            throw invalid(
                "\(goQuoted(part)) is an invalid \(isSystem ? "OS " : "")component of \(goQuoted(text)): "
                    + (isSystem ? "OSAndVersion" : "platform") + " specifier component must match "
                    + goQuoted(
                        isSystem ? #"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$"# : "^[A-Za-z0-9_.-]+$"))
        }
        let names = parts.map { $0.lowercased() }
        if names.count > 1 {
            var result = [names[0] == "macos" ? "darwin" : names[0]] + architecture(names[1])
            if names.count > 2 { result = Array(result.prefix(2)) + [names[2]] }
            return result
        }
        let system = String(names[0].prefix { $0 != "(" })
        if system == "macos" { return ["darwin", VersionReport.architecture] }
        if systems.contains(system) { return [system, VersionReport.architecture] }
        let alone = architecture(names[0])
        guard architectures.contains(alone[0]) else {
            throw invalid("\(goQuoted(text)): unknown operating system or architecture")
        }
        return ["linux"] + alone
    }

    /// An architecture under Go's name, with the variant that an alias stands for.
    private static func architecture(_ name: String) -> [String] {
        switch name {
        case "i386": ["386"]
        case "x86_64", "x86-64": ["amd64"]
        case "aarch64": ["arm64"]
        case "armhf": ["arm", "v7"]
        case "armel": ["arm", "v6"]
        default: [name]
        }
    }

    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
        "netbsd", "openbsd", "plan9", "solaris", "windows", "zos",
    ]

    private static let architectures: Set<String> = [
        "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips",
        "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390",
        "s390x", "sparc", "sparc64", "wasm",
    ]
}
