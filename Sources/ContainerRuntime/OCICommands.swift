internal import Linux

/// The OCI runtime command line: runc's commands and flags.
///
/// One process with one thread does the whole command; between commands a container's state lies below
/// `--root`.
enum OCICommands {
    static let name = "berth-runtime"
    static let version = "0.1.0"

    /// Runs one command and gives the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        var log = OCILog()
        do {
            let global = try OCIArguments(arguments, globalOptions)
            log.path = global.value("log").flatMap { $0 == "/dev/stderr" ? nil : $0 }
            log.showsDebug = global.flag("debug")
            switch global.value("log-format") ?? "text" {
            case "text": break
            case "json": log.isJSON = true
            case let other: throw OCIFailure("invalid log-format: \(other)")
            }
            if global.flag("version") { return printVersion() }
            guard let word = global.rest.first, word != "help", word != "h", !global.flag("help") else {
                return printUsage()
            }
            guard let command = commands[word] else {
                throw OCIFailure(
                    "no help topic for '\(word)': unknown command; see \(name) --help", status: 3)
            }
            let local = try OCIArguments(Array(global.rest.dropFirst()), command.options + [helpOption])
            if local.flag("help") {
                print("usage: \(name) [global options] \(word) \(command.usage)")
                return 0
            }
            guard command.operands.contains(local.rest.count) else {
                throw OCIFailure("usage: \(name) [global options] \(word) \(command.usage)")
            }
            if global.flag("systemd-cgroup"), command.makesGroups {
                throw OCIFailure("--systemd-cgroup is not built yet: leave it out to use cgroupfs")
            }
            let root = global.value("root") ?? defaultRoot
            let context = OCIContext(
                store: OCIStore(root: root.hasPrefix("/") ? root : workingDirectory() + "/" + root), log: log)
            return try command.run(context, local)
        } catch let failure as OCIFailure {
            log.error(failure.description)
            return failure.status
        } catch {
            log.error("\(error)")
            return 1
        }
    }

    private static let defaultRoot = "/run/berth-runtime"
    private static let helpOption = OCIOption("help", "h", kind: .flag)

    private static let globalOptions = [
        OCIOption("debug", kind: .flag), OCIOption("log"), OCIOption("log-format"), OCIOption("root"),
        OCIOption("criu"), OCIOption("systemd-cgroup", kind: .flag), OCIOption("rootless"),
        OCIOption("version", "v", kind: .flag), helpOption,
    ]

    private static func printVersion() -> Int32 {
        print("\(name) version \(version)\nspec: \(specVersion)")
        return 0
    }

    private static func printUsage() -> Int32 {
        print("usage: \(name) [global options] COMMAND [options] [arguments]\n\ncommands:")
        for (word, command) in commands.sorted(by: { $0.key < $1.key }) {
            print("  \(word)\(String(repeating: " ", count: max(1, 10 - word.count)))\(command.summary)")
        }
        print(
            """

            global options:
              --root DIRECTORY      where containers' states lie (\(defaultRoot))
              --log FILE            where failures are written (stderr)
              --log-format FORMAT   text or json
              --debug               also write what is done
              --systemd-cgroup      not built yet
            """)
        return 0
    }

    static let specVersion = "1.2.0"
}

/// What every command has: the store, and the log.
struct OCIContext: Sendable {
    let store: OCIStore
    let log: OCILog
}

/// One command of the command line.
struct OCIVerb: Sendable {
    let summary: String
    let usage: String
    let options: [OCIOption]
    let operands: ClosedRange<Int>
    var makesGroups = false
    let run: @Sendable (OCIContext, OCIArguments) throws -> Int32
}

extension OCICommands {
    static let commands: [String: OCIVerb] = [
        "create": OCIVerb(
            summary: "make a container, ready to start", usage: "[options] ID",
            options: createOptions, operands: 1...1, makesGroups: true, run: create),
        "start": OCIVerb(
            summary: "run the program of a created container", usage: "ID", options: [], operands: 1...1,
            run: start),
        "run": OCIVerb(
            summary: "create and start a container, and wait for its end", usage: "[options] ID",
            options: createOptions + [
                OCIOption("detach", "d", kind: .flag), OCIOption("keep", kind: .flag),
                OCIOption("no-subreaper", kind: .flag),
            ], operands: 1...1, makesGroups: true, run: runForeground),
        "exec": OCIVerb(
            summary: "run a further program in a container", usage: "[options] ID COMMAND [ARGUMENT...]",
            options: execOptions, operands: 1...Int.max, run: exec),
        "state": OCIVerb(
            summary: "print a container's state", usage: "ID", options: [], operands: 1...1, run: state),
        "list": OCIVerb(
            summary: "list the containers below --root", usage: "[options]",
            options: [OCIOption("format", "f"), OCIOption("quiet", "q", kind: .flag)], operands: 0...0,
            run: list),
        "ps": OCIVerb(
            summary: "list a container's processes", usage: "[options] ID [ps options]",
            options: [OCIOption("format", "f")], operands: 1...Int.max, run: processes),
        "kill": OCIVerb(
            summary: "send a signal to a container's first process", usage: "[options] ID [SIGNAL]",
            options: [OCIOption("all", "a", kind: .flag)], operands: 1...2, run: kill),
        "delete": OCIVerb(
            summary: "remove what is left of a container", usage: "[options] ID",
            options: [OCIOption("force", "f", kind: .flag)], operands: 1...1, run: delete),
        "pause": OCIVerb(
            summary: "stop all processes of a container where they are", usage: "ID", options: [],
            operands: 1...1,
            run: pause),
        "resume": OCIVerb(
            summary: "let a paused container go on", usage: "ID", options: [], operands: 1...1, run: resume),
        "update": OCIVerb(
            summary: "change a container's limits", usage: "[options] ID", options: updateOptions,
            operands: 1...1,
            run: update),
        "events": OCIVerb(
            summary: "print a container's counters", usage: "[options] ID",
            options: [OCIOption("interval"), OCIOption("stats", kind: .flag)], operands: 1...1, run: events),
        "features": OCIVerb(
            summary: "print what this runtime can do, as JSON", usage: "", options: [], operands: 0...0,
            run: features),
        "spec": OCIVerb(
            summary: "write a first config.json", usage: "[options]",
            options: [OCIOption("bundle", "b"), OCIOption("rootless", kind: .flag)], operands: 0...0,
            run: spec),
    ]

    private static let createOptions = [
        OCIOption("bundle", "b"), OCIOption("console-socket"), OCIOption("pidfd-socket"),
        OCIOption("pid-file"),
        OCIOption("no-pivot", kind: .flag), OCIOption("no-new-keyring", kind: .flag),
        OCIOption("preserve-fds"),
    ]

    private static let execOptions = [
        OCIOption("console-socket"), OCIOption("pidfd-socket"), OCIOption("cwd"),
        OCIOption("env", "e", kind: .list),
        OCIOption("tty", "t", kind: .flag), OCIOption("user", "u"),
        OCIOption("additional-gids", "g", kind: .list),
        OCIOption("process", "p"), OCIOption("detach", "d", kind: .flag), OCIOption("pid-file"),
        OCIOption("process-label"), OCIOption("apparmor"), OCIOption("no-new-privs", kind: .flag),
        OCIOption("cap", "c", kind: .list), OCIOption("preserve-fds"), OCIOption("cgroup", kind: .list),
        OCIOption("ignore-paused", kind: .flag),
    ]

    private static let updateOptions = [
        OCIOption("resources", "r"), OCIOption("blkio-weight"), OCIOption("cpu-period"),
        OCIOption("cpu-quota"),
        OCIOption("cpu-burst"), OCIOption("cpu-share"), OCIOption("cpu-rt-period"),
        OCIOption("cpu-rt-runtime"),
        OCIOption("cpuset-cpus"), OCIOption("cpuset-mems"), OCIOption("memory"), OCIOption("cpu-idle"),
        OCIOption("memory-reservation"), OCIOption("memory-swap"), OCIOption("pids-limit"),
        OCIOption("l3-cache-schema"), OCIOption("mem-bw-schema"),
    ]
}
