import Testing

@testable import DaemonConfiguration

/// What `daemon.json` and flags come to; the words were taken from dockerd 28's `--validate`.
@Suite("Daemon configuration")
struct SettingsFileTests {
    static func read(_ file: String, _ flags: [String] = []) throws -> DaemonSettings {
        let source = ConfigurationSource(flags: try CommandLineSettings(flags))
        return try source.settings(try SettingsFile(Array(file.utf8), flags: source.flags))
    }

    static func refusal(_ file: String, _ flags: [String] = []) -> String {
        do {
            _ = try read(file, flags)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private static let merged = "merged configuration validation from file and command line flags failed: "

    @Test(
        "What cannot be right is refused in dockerd's words",
        arguments: [
            (
                #"{"foo":1,"bar":2}"#,
                "the following directives don't match any configuration option: bar, foo"
            ),
            (#"{"Debug":true}"#, "the following directives don't match any configuration option: Debug"),
            ("{", "invalid JSON: unexpected end of JSON input"),
            (
                "[]",
                "invalid JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"
            ),
            (
                #"{"debug":"yes"}"#,
                "invalid JSON: json: cannot unmarshal string into Go struct field Config.debug of type bool"
            ),
            (
                #"{"mtu":"x"}"#,
                "invalid JSON: json: cannot unmarshal string into Go struct field Config.mtu of type int"
            ),
            (
                #"{"labels":"a=b"}"#,
                "invalid JSON: json: cannot unmarshal string into Go struct field Config.labels of type []string"
            ),
            (#"{"dns":["x"]}"#, "invalid JSON: invalid IP address: x"),
            (#"{"default-shm-size":"x"}"#, "invalid JSON: invalid size: 'x'"),
            (
                #"{"default-address-pools":[{"base":"x","size":24}]}"#,
                "invalid JSON: netip.ParsePrefix(\"x\"): no '/'"
            ),
            (#"{"log-level":"foo"}"#, merged + "invalid logging level: foo"),
            (#"{"log-format":"x"}"#, merged + "invalid log format: x"),
            (#"{"labels":["a"]}"#, merged + "bad attribute format: a"),
            (#"{"labels":["a=b","a=c"]}"#, "conflict labels for a=c and a=b"),
            (#"{"dns-search":["-x"]}"#, merged + "-x is not a valid domain"),
            (#"{"mtu":-1}"#, merged + "invalid default MTU: -1"),
            (#"{"max-concurrent-downloads":-1}"#, merged + "invalid max concurrent downloads: -1"),
            (#"{"max-concurrent-uploads":-1}"#, merged + "invalid max concurrent uploads: -1"),
            (#"{"hosts":["foo://x"]}"#, merged + "invalid bind address (foo://x): unsupported proto 'foo'"),
            (
                #"{"default-ipc-mode":"x"}"#,
                merged + "default IPC mode setting (x) is invalid; use \"shareable\" or \"private\""
            ),
            (
                #"{"default-cgroupns-mode":"x"}"#,
                merged + "invalid default cgroup namespace (x): use \"host\" or \"private\""
            ),
            (
                #"{"registry-mirrors":["x"]}"#,
                merged
                    + "invalid mirror: no scheme specified for \"x\": must use either 'https://' or 'http://'"
            ),
            (
                #"{"registry-mirrors":["http://u:p@x"]}"#,
                merged + "invalid mirror: username/password not allowed in URI \"http://u:xxxxx@x\""
            ),
            (#"{"exec-opts":["x"]}"#, merged + "invalid exec-opt (x): must be formatted 'opt=value'"),
        ])
    func refusals(_ file: String, _ words: String) {
        #expect(Self.refusal(file) == words)
    }

    @Test("A setting in both places is refused with both values")
    func conflicts() {
        let start = "the following directives are specified both as a flag and in the configuration file: "
        #expect(
            Self.refusal(#"{"debug":true}"#, ["-D"]) == start + "debug: (from flag: true, from file: true)")
        #expect(
            Self.refusal(#"{"debug":true,"labels":["a=b"]}"#, ["-D", "--label", "c=d"])
                == start
                + "debug: (from flag: true, from file: true), labels: (from flag: [c=d], from file: [a=b])")
        #expect(
            Self.refusal(#"{"hosts":["unix:///x"]}"#, ["-H", "unix:///y"])
                == start + "hosts: (from flag: [unix:///y], from file: [unix:///x])")
    }

    @Test(
        "What berth does not do is refused by name, and accepted where it asks for nothing",
        arguments: [
            #"{"userns-remap":"default"}"#, #"{"live-restore":false}"#, #"{"selinux-enabled":true}"#,
            #"{"storage-driver":"btrfs"}"#, #"{"ipv6":true}"#, #"{"icc":false}"#, #"{"iptables":false}"#,
            #"{"authorization-plugins":["x"]}"#, #"{"containerd":"/x"}"#, #"{"bridge":"none"}"#,
            #"{"exec-opts":["native.cgroupdriver=systemd"]}"#,
            #"{"features":{"containerd-snapshotter":true}}"#,
            #"{"builder":{"gc":{"enabled":true}}}"#, #"{"rootless":true}"#, #"{"fixed-cidr":"10.0.0.0/8"}"#,
        ])
    func unsupported(_ file: String) throws {
        #expect(Self.refusal(file).contains("is not supported by berth"))
        _ = try Self.read(
            #"{"userns-remap":"","live-restore":true,"icc":true,"builder":{},"storage-driver":"overlay2","#
                + #""exec-opts":["native.cgroupdriver=cgroupfs"],"features":{"buildkit":true}}"#)
    }

    @Test("Everything that the file says arrives")
    func values() throws {
        let settings = try Self.read(
            """
            {"data-root": "/d", "exec-root": "/e", "pidfile": "/p", "hosts": ["tcp://:1"], "group": "g",
             "log-level": "warn", "log-format": "json", "labels": ["a=b"], "shutdown-timeout": 3,
             "bip": "10.1.0.1/24", "mtu": 1400, "ip": "127.0.0.1", "host-gateway-ip": "10.0.0.9",
             "default-address-pools": [{"base": "10.0.0.0/8", "size": 24}], "cgroup-parent": "/x",
             "default-cgroupns-mode": "host", "default-ipc-mode": "shareable", "default-shm-size": "1M",
             "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 2}}, "init": true,
             "no-new-privileges": true, "log-driver": "json-file", "log-opts": {"max-size": "1k"},
             "dns": ["1.1.1.1"], "dns-search": ["a.b"], "dns-opts": ["c"], "seccomp-profile": "unconfined",
             "runtimes": {"crun": {"path": "/c", "runtimeArgs": ["-x"]}}, "default-runtime": "crun",
             "insecure-registries": ["r"], "registry-mirrors": ["https://m"], "max-concurrent-downloads": 7,
             "proxies": {"http-proxy": "http://p"}, "metrics-addr": "127.0.0.1:1", "tlsverify": true,
             "tlscert": "/c.pem"}
            """)
        #expect(settings.dataRoot == "/d" && settings.execRoot == "/e" && settings.pidFile == "/p")
        #expect(settings.hosts == ["tcp://:1"] && settings.group == "g")
        #expect(settings.logLevel == "warn" && settings.logsJSON && settings.shutdownTimeout == 3)
        #expect(settings.labels == ["a=b"] && settings.mtu == 1400 && settings.bridgeAddress == "10.1.0.1/24")
        #expect(settings.addressPools == [.init(base: "10.0.0.0/8", size: 24)])
        #expect(settings.publishAddress == "127.0.0.1" && settings.hostGateway == "10.0.0.9")
        let containers = settings.containers
        #expect(containers.cgroupParent == "/x" && containers.cgroupNamespace == "host")
        #expect(containers.ipcMode == "shareable" && containers.sharedMemoryBytes == 1 << 20)
        #expect(containers.ulimits == [.init(name: "nofile", soft: 1, hard: 2)])
        #expect(
            containers.usesInit && containers.noNewPrivileges && containers.logOptions == ["max-size": "1k"])
        #expect(
            containers.dns == ["1.1.1.1"] && containers.dnsSearch == ["a.b"] && containers.dnsOptions == ["c"]
        )
        #expect(settings.runtimes == ["crun": .init(path: "/c", arguments: ["-x"])])
        #expect(settings.defaultRuntime == "crun" && settings.registries.maximumDownloads == 7)
        #expect(settings.registries.mirrors == ["https://m"] && settings.registries.httpProxy == "http://p")
        #expect(
            settings.tls?.certificate == "/c.pem" && settings.tls?.clientAuthority == "/root/.docker/ca.pem")
    }

    @Test("An empty file, and one that is not there, leave the defaults", arguments: ["", "  \n", "{}"])
    func empty(_ file: String) throws {
        let settings = try Self.read(file)
        #expect(settings.hosts == ["unix:///run/berth/berth.sock"])
        #expect(settings.dataRoot == "/var/lib/berth" && settings.tls == nil)
    }

    @Test("Hostile files are refused, not believed")
    func hostile() {
        #expect(Self.refusal(String(repeating: "[", count: 100_000)) != "accepted")
        #expect(Self.refusal(#"{"runtimes":{"x":1}}"#).contains("cannot unmarshal number"))
        #expect(
            Self.refusal(#"{"default-ulimits":{"nofile":{"Soft":"x"}}}"#).contains("cannot unmarshal string"))
        #expect(Self.refusal(#"{"data-root":"relative"}"#).contains("must be an absolute path"))
        #expect(Self.refusal(#"{"default-shm-size":"99999999999999999999g"}"#).contains("invalid size"))
    }
}
