internal import EngineClient
internal import Linux
internal import OrderedJSON

private typealias Request = EngineClient.Request

/// Where words that may follow come from: the engine's objects, and what options take.
struct CompletionSources {
    typealias Answer = Completer.Answer

    let cli: CLI
    /// The word to complete.
    let current: String

    // MARK: Objects

    /// Which containers a command is for.
    private enum Containers { case all, running, notRunning, paused, pausable }

    private func containers(_ which: Containers) -> [String] {
        var filters: [String] = []
        switch which {
        case .running: filters = ["running", "paused", "restarting"]
        case .pausable: filters = ["running"]
        case .paused: filters = ["paused"]
        case .notRunning: filters = ["created", "exited", "dead"]
        case .all: break
        }
        var query = [("all", "1")]
        if !filters.isEmpty {
            let list = JSONValue.object(["status": .array(filters.map { .string($0) })])
            query.append(("filters", String(decoding: list.bytes(), as: UTF8.self)))
        }
        let showsIDs = environmentVariable("DOCKER_COMPLETION_SHOW_CONTAINER_IDS") == "yes"
        return list("/containers/json", query).flatMap { container in
            let names = (container["Names"]?.arrayValue ?? []).compactMap(\.stringValue)
                .map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }.filter { !$0.contains("/") }
            let id = container["Id"]?.stringValue ?? ""
            return showsIDs ? [String(id.prefix(12))] + names : names
        }
    }

    /// An engine that does not answer offers nothing; it is not started for this.
    private func list(_ path: String, _ query: [(String, String)] = []) -> [JSONValue] {
        guard let client = try? cli.client() else { return [] }
        client.startEngine = nil
        return (try? client.json(Request("GET", path, query: query)))?.arrayValue ?? []
    }

    private func images() -> [String] {
        list("/images/json").flatMap { ($0["RepoTags"]?.arrayValue ?? []).compactMap(\.stringValue) }
            .filter { $0 != "<none>:<none>" }
    }

    private func volumes() -> [String] {
        guard let client = try? cli.client() else { return [] }
        client.startEngine = nil
        let answer = try? client.json(Request("GET", "/volumes"))
        return (answer?["Volumes"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
    }

    private func networks() -> [String] { list("/networks").compactMap { $0["Name"]?.stringValue } }

    private func contexts() -> [String] {
        ([ContextStore.defaultName] + cli.choice.contexts.all().map(\.name)).sorted()
    }

    // MARK: Arguments

    /// What may stand as an argument of the command, behind those `before`.
    func arguments(of path: String, flags: Set<String>, before: [String]) -> Answer {
        let isFirst = before.isEmpty
        func fresh(_ names: [String]) -> Answer { Answer(names.filter { !before.contains($0) }) }
        let isGroup = path.hasPrefix("container ")
        let path = isGroup ? String(path.dropFirst("container ".count)) : path
        switch path {
        case "run", "create": return isFirst ? Answer(images()) : .files
        case "exec": return isFirst ? Answer(containers(.running)) : .files
        case "attach", "port", "top": return isFirst ? Answer(containers(.running)) : Answer()
        case "wait", "stop", "kill", "stats": return fresh(containers(.running))
        case "pause": return fresh(containers(.pausable))
        case "unpause": return fresh(containers(.paused))
        case "start": return fresh(containers(.notRunning))
        case "rm": return fresh(containers(flags.contains("force") ? .all : .notRunning))
        case "restart", "update": return fresh(containers(.all))
        case "inspect":
            return fresh(containers(.all) + (isGroup ? [] : images() + volumes() + networks()))
        case "logs", "diff", "export", "commit", "rename":
            return isFirst ? Answer(containers(.all)) : Answer()
        case "cp": return .files
        case "images", "image ls": return isFirst ? Answer(images()) : Answer()
        case "rmi", "image rm", "image inspect", "save", "image save": return fresh(images())
        case "history", "image history", "push", "image push": return isFirst ? Answer(images()) : Answer()
        case "tag", "image tag": return isFirst ? Answer(images()) : Answer()
        case "volume rm", "volume inspect": return fresh(volumes())
        case "network rm", "network inspect": return fresh(networks())
        case "network connect", "network disconnect":
            return isFirst ? Answer(networks()) : before.count == 1 ? Answer(containers(.all)) : Answer()
        case "context use", "context rm", "context inspect", "context update", "context export":
            return fresh(contexts())
        case "import", "image import", "context import": return .files
        default: return Answer()
        }
    }

    // MARK: Values of options

    /// What may stand as the value of an option.
    func values(of flag: String, path: String, _ arguments: [String]) -> Answer {
        switch flag {
        case "context": return Answer(contexts())
        case "log-level": return Answer(["debug", "info", "warn", "error", "fatal", "panic"])
        case "network", "net": return Answer(networks())
        case "volumes-from": return Answer(containers(.all))
        case "link": return Answer(containers(.all).map { $0 + ":" }, .noSpace)
        case "env", "env-add":
            return Answer(environmentVariables().map { String($0.prefix { $0 != "=" }) })
        case "signal", "stop-signal": return Answer(Self.signals)
        case "ipc", "pid": return namespaces(flag)
        case "volume" where !path.hasPrefix("volume"):
            return current.hasPrefix("/") || current.hasPrefix(".")
                ? .files : Answer(volumes().map { $0 + ":" }, .noSpace)
        case "filter" where path.hasSuffix("events"): return eventFilter()
        case "detach-keys": return Answer(["ctrl-"], .noSpace)
        case "format": return Answer(["json", "table"])
        case "env-file", "label-file", "cidfile", "iidfile", "output", "input", "config", "tlscacert",
            "tlscert",
            "tlskey", "device", "workdir", "mount":
            return .files
        default: return Self.fixed[flag].map { Answer($0.0, $0.1) } ?? Answer()
        }
    }

    private func namespaces(_ flag: String) -> Answer {
        if current.hasPrefix("container:") { return Answer(containers(.running).map { "container:" + $0 }) }
        return Answer(
            flag == "ipc" ? ["container:", "host", "none", "private", "shareable"] : ["container:", "host"])
    }

    private func eventFilter() -> Answer {
        guard let equals = current.firstIndex(of: "=") else {
            return Answer(
                [
                    "container=", "daemon=", "event=", "image=", "label=", "network=", "scope=", "type=",
                    "volume=",
                ],
                .noSpace)
        }
        let key = String(current[..<equals])
        let values: [String]
        switch key {
        case "container": values = containers(.all)
        case "image": values = images()
        case "network": values = networks()
        case "volume": values = volumes()
        case "scope": values = ["local", "swarm"]
        case "type": values = ["container", "daemon", "image", "network", "volume"]
        case "event": values = Self.events
        default: values = []
        }
        return Answer(values.map { "\(key)=\($0)" })
    }

    private static let fixed: [String: ([String], Completer.Directive)] = [
        "pull": (["always", "missing", "never"], .noFiles),
        "restart": (["no", "always", "on-failure", "unless-stopped"], .noFiles),
        "platform": (
            [
                "linux/386", "linux/amd64", "linux/arm", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7",
                "linux/arm64", "linux/arm64/v8", "linux/ppc64le", "linux/riscv64", "linux/s390x",
            ], .noFiles
        ),
        "attach": (["stderr", "stdin", "stdout"], .noFiles),
        "cgroupns": (["host", "private"], .noFiles),
        "uts": (["host"], .noFiles), "userns": (["host"], .noFiles),
        "log-driver": (["json-file", "local", "none"], .noFiles),
        "log-opt": (
            [
                "compress=", "env=", "env-regex=", "labels=", "labels-regex=", "max-buffer-size=",
                "max-file=", "max-size=", "mode=", "tag=",
            ],
            .noSpace
        ),
        "security-opt": (
            ["apparmor=", "label=", "no-new-privileges", "seccomp=", "systempaths=unconfined"], .noFiles
        ),
        "storage-opt": (["size="], .noSpace),
        "volume-driver": (["local"], .noFiles), "driver": (["local", "bridge"], .noFiles),
        "type": (["container", "image", "network", "volume"], .noFiles),
        "ulimit": (
            [
                "core=", "cpu=", "data=", "fsize=", "locks=", "memlock=", "msgqueue=", "nice=", "nofile=",
                "nproc=", "rss=", "rtprio=", "rttime=", "sigpending=", "stack=",
            ], .noSpace
        ),
        "cap-add": (capabilities, .noFiles), "cap-drop": (capabilities, .noFiles),
    ]

    private static let events = [
        "attach", "commit", "connect", "copy", "create", "delete", "destroy", "detach", "die", "disconnect",
        "exec_create", "exec_detach", "exec_die", "exec_start", "export", "health_status", "import", "kill",
        "load",
        "mount", "oom", "pause", "prune", "pull", "push", "reload", "remove", "rename", "resize", "restart",
        "save", "start", "stop", "tag", "top", "unmount", "unpause", "untag", "update",
    ]

    private static let capabilities = [
        "ALL", "CAP_AUDIT_CONTROL", "CAP_AUDIT_READ", "CAP_AUDIT_WRITE", "CAP_BLOCK_SUSPEND", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
        "CAP_FSETID", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_KILL", "CAP_LEASE", "CAP_LINUX_IMMUTABLE",
        "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST", "CAP_NET_RAW", "CAP_PERFMON", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP",
        "CAP_SETUID", "CAP_SYSLOG", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_CHROOT", "CAP_SYS_MODULE",
        "CAP_SYS_NICE", "CAP_SYS_PACCT", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG", "CAP_WAKE_ALARM",
    ]

    private static let signals = [
        "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
        "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG",
        "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
    ]
}
