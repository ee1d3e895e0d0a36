internal import OrderedJSON

/// Everything that the daemon is told, put together from its flags and `daemon.json`, and checked.
public struct DaemonSettings: Sendable, Hashable {
    public var dataRoot = "/var/lib/berth"
    public var execRoot = "/run/berth"
    public var pidFile: String?
    public var hosts: [String] = []
    public var group: String?
    public var tls: TLS?
    public var metricsAddress: String?
    public var runtimeProgram: String?

    public var logLevel = "info"
    public var logsJSON = false
    public var labels: [String] = []
    public var shutdownTimeout = 15
    public var features: [String: Bool] = [:]

    public var bridge: String?
    public var bridgeAddress: String?
    public var mtu: Int?
    public var addressPools: [AddressPool] = []
    public var publishAddress: String?
    public var hostGateway: String?

    public var containers = ContainerDefaults()
    public var runtimes: [String: Runtime] = [:]
    public var defaultRuntime = "runc"
    public var registries = Registries()

    /// The server's side of TLS.
    public struct TLS: Sendable, Hashable {
        public var certificate: String
        public var key: String
        /// The CA whose certificates clients have to show; nil asks for none.
        public var clientAuthority: String?
    }

    /// A range that networks' subnets come from.
    public struct AddressPool: Sendable, Hashable {
        public var base: String
        public var size: Int
    }

    /// What containers get unless they are told otherwise.
    public struct ContainerDefaults: Sendable, Hashable {
        public var cgroupParent = ""
        public var cgroupNamespace = ""
        public var ipcMode = ""
        public var sharedMemoryBytes: Int64?
        public var ulimits: [Ulimit] = []
        public var usesInit = false
        /// Where CDI specifications are; nil are the usual places, and none without CDI.
        public var deviceDirectories: [String]?
        public var noNewPrivileges = false
        public var logDriver = ""
        public var logOptions: [String: String] = [:]
        public var dns: [String] = []
        public var dnsSearch: [String] = []
        public var dnsOptions: [String] = []
        /// A file, "unconfined" or "builtin"; empty is the latter.
        public var seccompProfile = ""
    }

    /// Another OCI runtime.
    public struct Runtime: Sendable, Hashable {
        public var path = ""
        public var arguments: [String] = []
        /// A shim of containerd's instead of a runtime.
        public var type = ""
    }

    /// What concerns registries.
    public struct Registries: Sendable, Hashable {
        public var insecure: [String] = []
        public var mirrors: [String] = []
        public var maximumDownloads = 8
        public var maximumUploads = 5
        public var downloadAttempts = 5
        public var httpProxy = ""
        public var httpsProxy = ""
        public var noProxy = ""
    }

    public init() {}

    public var isDebugging: Bool { logLevel == "debug" || logLevel == "trace" }
}

extension DaemonSettings {
    /// Reads the values of flags and file, which were checked before.
    init(_ values: [String: JSONValue]) {
        self.init()
        func text(_ name: String) -> String? {
            values[name]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        }
        func list(_ name: String) -> [String] { values[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        func isOn(_ name: String) -> Bool { values[name]?.boolValue ?? false }
        dataRoot = text("data-root") ?? dataRoot
        execRoot = text("exec-root") ?? execRoot
        pidFile = text("pidfile")
        hosts = list("hosts")
        group = text("group")
        metricsAddress = text("metrics-addr")
        runtimeProgram = text("runtime-program")
        if isOn("tls") || isOn("tlsverify") {
            tls = TLS(
                certificate: text("tlscert") ?? "/root/.docker/cert.pem",
                key: text("tlskey") ?? "/root/.docker/key.pem",
                clientAuthority: isOn("tlsverify") ? text("tlscacert") ?? "/root/.docker/ca.pem" : nil)
        }
        logLevel = isOn("debug") ? "debug" : text("log-level") ?? logLevel
        logsJSON = text("log-format") == "json"
        labels = list("labels")
        shutdownTimeout = values["shutdown-timeout"]?.intValue ?? shutdownTimeout
        features = (values["features"]?.objectValue?.members ?? []).reduce(into: [:]) {
            $0[$1.key] = $1.value.boolValue ?? false
        }
        bridge = text("bridge")
        bridgeAddress = text("bip")
        mtu = values["mtu"]?.intValue.flatMap { $0 == 0 ? nil : $0 }
        addressPools = (values["default-address-pools"]?.arrayValue ?? []).map {
            AddressPool(base: $0["base"]?.stringValue ?? "", size: $0["size"]?.intValue ?? 0)
        }
        publishAddress = text("ip")
        hostGateway = text("host-gateway-ip") ?? list("host-gateway-ips").first
        containers = ContainerDefaults(values)
        registries = Registries(values)
        for member in values["runtimes"]?.objectValue?.members ?? [] {
            runtimes[member.key] = Runtime(
                path: member.value["path"]?.stringValue ?? "",
                arguments: member.value["runtimeArgs"]?.arrayValue?.compactMap(\.stringValue) ?? [],
                type: member.value["runtimeType"]?.stringValue ?? "")
        }
        defaultRuntime = text("default-runtime") ?? defaultRuntime
    }
}

extension DaemonSettings.ContainerDefaults {
    init(_ values: [String: JSONValue]) {
        func text(_ name: String) -> String { values[name]?.stringValue ?? "" }
        func list(_ name: String) -> [String] { values[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        cgroupParent = text("cgroup-parent")
        cgroupNamespace = text("default-cgroupns-mode")
        ipcMode = text("default-ipc-mode")
        sharedMemoryBytes = values["default-shm-size"]?.intValue.map { Int64($0) }
        ulimits = (values["default-ulimits"]?.objectValue?.members ?? []).map {
            Ulimit(
                name: $0.value["Name"]?.stringValue ?? $0.key, soft: Int64($0.value["Soft"]?.intValue ?? 0),
                hard: Int64($0.value["Hard"]?.intValue ?? 0))
        }
        usesInit = values["init"]?.boolValue ?? false
        if values["features"]?["cdi"]?.boolValue == false {
            deviceDirectories = []
        } else if values["cdi-spec-dirs"] != nil {
            // An empty text among them stands for none.
            deviceDirectories = list("cdi-spec-dirs").filter { !$0.isEmpty }
        }
        noNewPrivileges = values["no-new-privileges"]?.boolValue ?? false
        logDriver = text("log-driver")
        for member in values["log-opts"]?.objectValue?.members ?? [] {
            logOptions[member.key] = member.value.stringValue ?? ""
        }
        dns = list("dns")
        dnsSearch = list("dns-search")
        dnsOptions = list("dns-opts")
        seccompProfile = text("seccomp-profile")
    }
}

extension DaemonSettings.Registries {
    init(_ values: [String: JSONValue]) {
        func text(_ name: String) -> String { values[name]?.stringValue ?? "" }
        func list(_ name: String) -> [String] { values[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        func count(_ name: String, _ standard: Int) -> Int {
            values[name]?.intValue.flatMap { $0 == 0 ? nil : $0 } ?? standard
        }
        insecure = list("insecure-registries")
        mirrors = list("registry-mirrors")
        maximumDownloads = count("max-concurrent-downloads", 8)
        maximumUploads = count("max-concurrent-uploads", 5)
        downloadAttempts = count("max-download-attempts", 5)
        httpProxy = text("http-proxy")
        httpsProxy = text("https-proxy")
        noProxy = text("no-proxy")
    }
}
