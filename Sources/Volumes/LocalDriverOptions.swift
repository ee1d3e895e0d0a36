internal import EngineModel
internal import Linux

/// What the options of the local driver ask for: a file system that is mounted on the volume's directory while
/// containers use it.
///
/// The words are those of `mount(8)`: `type`, `device`, and `o` for the rest.
struct LocalDriverOptions: Sendable, Hashable {
    let type: String
    let device: String
    let options: String

    /// Reads the options of the volume `name`; nil where they ask for no mount.
    init?(_ options: [String: String]) {
        type = options["type"] ?? ""
        device = options["device"] ?? ""
        self.options = options["o"] ?? ""
        if type.isEmpty && device.isEmpty { return nil }
    }

    /// Refuses what Docker refuses when a volume is made, in its words.
    static func validate(_ options: [String: String], volume name: String) throws {
        func refuse(_ reason: String) -> EngineError {
            EngineError(.invalidParameter, "create \(name): \(reason)")
        }
        for option in options.keys.sorted() where !["type", "o", "device", "size"].contains(option) {
            throw refuse("invalid option: \"\(option)\"")
        }
        if options["type"] == "cifs", ShareAddress(options["device"] ?? "")?.hasPort == true {
            throw refuse("port not allowed in CIFS device URL, include 'port' in 'o='")
        }
        for (option, others) in [("o", ["device", "type"]), ("type", ["device"]), ("device", ["type"])]
        where options[option] != nil {
            for other in others where options[other] == nil {
                throw refuse("missing required option: \"\(other)\"")
            }
        }
        if options["size"] != nil {
            throw EngineError(
                .system, "create \(name): quota size requested but no quota support")
        }
    }

    /// Mounts it on `path`; may take as long as a server on the network takes to answer.
    func mount(on path: String) throws {
        var data = options
        var device = device
        do {
            if type == "nfs" || type == "cifs" { try resolveHosts(&data, &device) }
        } catch {
            throw EngineError(
                .system,
                "error while mounting volume '\(path)': error resolving passed in network volume address: \(error)",
                cause: error)
        }
        let (flags, rest) = MountWords.parse(data)
        do {
            try Self.attach(device, at: path, type: type, flags, rest)
        } catch {
            var text = "mount \(device):\(path)"
            if !flags.isEmpty { text += ", flags: 0x\(String(flags.rawValue, radix: 16))" }
            if !rest.isEmpty { text += ", data: \(Self.withoutPassword(rest))" }
            throw EngineError(
                .system,
                "error while mounting volume '\(path)': failed to mount local volume: \(text): \(error.code.reason)",
                cause: error)
        }
    }

    private static func attach(
        _ device: String, at path: String, type: String, _ flags: MountFlags, _ data: String
    ) throws(SystemError) {
        try mountFileSystem(
            device, at: path, type: type, flags: flags.subtracting(.propagation).rawValue, options: data)
        do {
            // A bind takes the flags of what is bound; others are set on the mount once it is there.
            if flags.contains(.bind), !flags.isDisjoint(with: .perMount) {
                try mountFileSystem(
                    "", at: path, type: "",
                    flags: flags.intersection(.perMount.union([.bind, .recursive])).union(.remount).rawValue)
            }
            let propagation = flags.intersection(.propagation.union(.recursive))
            if !flags.isDisjoint(with: .propagation) {
                try mountFileSystem("", at: path, type: "", flags: propagation.rawValue)
            }
        } catch {
            try? detachMount(path)
            throw error
        }
    }

    private static func withoutPassword(_ data: String) -> String {
        data.split(separator: ",", omittingEmptySubsequences: false).map { word in
            word.hasPrefix("password=") ? "password=********" : String(word)
        }.joined(separator: ",")
    }

    /// Puts addresses in the place of host names: the kernel asks no name server.
    private func resolveHosts(_ data: inout String, _ device: inout String) throws {
        var words = data.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let index = words.firstIndex(where: { $0.hasPrefix("addr=") }) {
            let host = String(words[index].dropFirst("addr=".count))
            if !host.isEmpty, IPAddress(host) == nil {
                words[index] = "addr=\(try HostLookup.address(of: host))"
                data = words.joined(separator: ",")
            }
        } else if type == "cifs", let share = ShareAddress(device), IPAddress(share.host) == nil {
            device = "//\(try HostLookup.address(of: share.host))\(share.path)"
        }
    }
}

/// A share of a CIFS server: `//HOST/PATH`.
private struct ShareAddress {
    let host: String
    let hasPort: Bool
    let path: String

    init?(_ device: String) {
        guard device.hasPrefix("//") else { return nil }
        let authority = device.dropFirst(2).prefix { $0 != "/" }
        path = String(device.dropFirst(2 + authority.count))
        // The colons of an address in brackets are its own.
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[end...].firstIndex(of: ":")
        hasPort = colon != nil
        host = String(authority[..<(colon ?? authority.endIndex)].filter { $0 != "[" && $0 != "]" })
        if host.isEmpty { return nil }
    }
}
