/// What berthd's command line says, with dockerd's flags and defaults where they apply.
struct DaemonOptions: Sendable {
    var hosts: [String] = []
    var dataRoot = "/var/lib/berth"
    var execRoot = "/run/berth"
    var pidFile: String?
    var group: String?
    var bridge: String?
    var bridgeAddress: String?
    var mtu: Int?
    var dns: [String] = []
    var dnsSearch: [String] = []
    var dnsOptions: [String] = []
    var logLevel = "info"
    var usesInit = false
    var runtimeProgram: String?

    /// What the command line asks for.
    enum Request: Sendable {
        case serve(DaemonOptions)
        case help
        case version
    }

    /// A command line that cannot be right, in dockerd's words.
    struct UsageError: Error, CustomStringConvertible {
        let description: String
    }

    private enum Kind {
        case value((inout DaemonOptions, String) throws -> Void)
        case flag((inout DaemonOptions, Bool) -> Void)
        case help, version
    }

    private struct Flag {
        let names: [String]
        let help: String
        let kind: Kind
    }

    private static var flags: [Flag] {
        [
            Flag(names: ["--bip"], help: "IPv4 address of the bridge, with its prefix length", kind: .value { $0.bridgeAddress = $1 }),
            Flag(names: ["-b", "--bridge"], help: "name of the bridge (default berth0, or the next free)", kind: .value { $0.bridge = $1 }),
            Flag(names: ["--data-root"], help: "directory of everything kept (default /var/lib/berth)", kind: .value { $0.dataRoot = $1 }),
            Flag(names: ["-D", "--debug"], help: "log decisions, too", kind: .flag { $0.logLevel = $1 ? "debug" : $0.logLevel }),
            Flag(names: ["--dns"], help: "name server for containers", kind: .value { $0.dns.append($1) }),
            Flag(names: ["--dns-opt"], help: "option of resolv.conf for containers", kind: .value { $0.dnsOptions.append($1) }),
            Flag(names: ["--dns-search"], help: "search domain for containers", kind: .value { $0.dnsSearch.append($1) }),
            Flag(names: ["--exec-root"], help: "directory of sockets and running state (default /run/berth)", kind: .value { $0.execRoot = $1 }),
            Flag(names: ["-G", "--group"], help: "group of the unix socket (default docker, if there is one)", kind: .value { $0.group = $1 }),
            Flag(names: ["-h", "--help"], help: "print this and exit", kind: .help),
            Flag(names: ["-H", "--host"], help: "socket to listen on: unix:///path, tcp://host:port, fd:// (default unix:///run/berth/berth.sock)", kind: .value { $0.hosts.append($1) }),
            Flag(names: ["--init"], help: "run an init in every container", kind: .flag { $0.usesInit = $1 }),
            Flag(names: ["-l", "--log-level"], help: "trace, debug, info, warn, error or fatal (default info)", kind: .value { try $0.setLogLevel($1) }),
            Flag(names: ["--mtu"], help: "MTU of the containers' network", kind: .value { try $0.setMTU($1) }),
            Flag(names: ["-p", "--pidfile"], help: "file for the process id", kind: .value { $0.pidFile = $1 }),
            Flag(names: ["--runtime-program"], help: "path of berth-runtime (default: beside berthd, else in PATH)", kind: .value { $0.runtimeProgram = $1 }),
            Flag(names: ["-v", "--version"], help: "print the version and exit", kind: .version),
        ]
    }

    /// The text of `--help`.
    static var help: String {
        var lines = ["Usage:  berthd [OPTIONS]", "", "The daemon of the berth container platform.", "", "Options:"]
        for flag in flags {
            let names = flag.names.count == 1 ? "    " + flag.names[0] : flag.names.joined(separator: ", ")
            lines.append("  " + names + String(repeating: " ", count: max(1, 26 - names.utf8.count)) + flag.help)
        }
        return lines.joined(separator: "\n")
    }

    /// Reads the arguments, the program's name not among them.
    static func parse(_ arguments: [String]) throws -> Request {
        var options = DaemonOptions()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                throw UsageError(description: "berthd takes no arguments: \"\(argument)\"\nSee 'berthd --help'.")
            }
            var name = argument
            var attached: String?
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                name = String(argument[..<equals])
                attached = String(argument[argument.index(after: equals)...])
            } else if !argument.hasPrefix("--"), argument.utf8.count > 2 {
                name = String(argument.prefix(2))
                attached = String(argument.dropFirst(2))
                if attached?.hasPrefix("=") == true { attached?.removeFirst() }
            }
            guard let flag = flags.first(where: { $0.names.contains(name) }) else {
                let words = name.hasPrefix("--")
                    ? "unknown flag: \(name)" : "unknown shorthand flag: '\(name.dropFirst())' in \(argument)"
                throw UsageError(description: "\(words)\nSee 'berthd --help'.")
            }
            switch flag.kind {
            case .help: return .help
            case .version: return .version
            case .flag(let set):
                guard let value = Self.boolean(attached ?? "true") else {
                    throw UsageError(
                        description: "invalid argument \"\(attached ?? "")\" for \"\(name)\" flag: "
                            + "strconv.ParseBool: parsing \"\(attached ?? "")\": invalid syntax\nSee 'berthd --help'.")
                }
                set(&options, value)
            case .value(let set):
                guard let value = attached ?? rest.popFirst() else {
                    throw UsageError(description: "flag needs an argument: \(name)\nSee 'berthd --help'.")
                }
                try set(&options, value)
            }
        }
        if options.hosts.isEmpty { options.hosts = ["unix:///run/berth/berth.sock"] }
        for path in [options.dataRoot, options.execRoot] where !path.hasPrefix("/") {
            throw UsageError(description: "\"\(path)\" must be an absolute path\nSee 'berthd --help'.")
        }
        return .serve(options)
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "t", "true": true
        case "0", "f", "false": false
        default: nil
        }
    }

    private mutating func setLogLevel(_ text: String) throws {
        guard ["trace", "debug", "info", "warn", "error", "fatal"].contains(text) else {
            throw UsageError(description: "invalid log level: \(text)\nSee 'berthd --help'.")
        }
        logLevel = text
    }

    private mutating func setMTU(_ text: String) throws {
        guard let value = Int(text), (68...65535).contains(value) else {
            throw UsageError(description: "invalid MTU: \(text): 68 to 65535\nSee 'berthd --help'.")
        }
        mtu = value
    }
}
