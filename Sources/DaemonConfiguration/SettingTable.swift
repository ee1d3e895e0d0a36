internal import OrderedJSON

/// All of dockerd's settings, in the order of their flags.
enum SettingTable {
    static let all: [Setting] = [
        Setting(
            "runtimes", flag: "add-runtime", .runtimes, "Register an OCI runtime beside berth's own",
            reloads: true),
        Setting(
            "allow-direct-routing", .bool, "Let other hosts reach published ports at containers' addresses",
            .none("published ports are reached at the host's addresses")),
        Setting(
            "authorization-plugins", flag: "authorization-plugin", .list, "Authorization plugins to load",
            .none("there are no plugins; give clients certificates with --tlsverify"), reloads: true),
        Setting("bip", .string, "IPv4 address of the default bridge, with its prefix length"),
        Setting("bip6", .string, "IPv6 address of the default bridge", .none("containers have no IPv6 yet")),
        Setting(
            "bridge", short: "b", .string, "Bridge of the default network (default berth0, or the next free)"),
        Setting(
            "cdi-spec-dirs", flag: "cdi-spec-dir", .list,
            "Directories of CDI specifications (default /etc/cdi and /var/run/cdi)"),
        Setting("cgroup-parent", .string, "Parent cgroup of all containers"),
        Setting(
            "", flag: "config-file", .string, "Configuration file", standard: "\"/etc/berth/daemon.json\""),
        Setting("containerd", .string, "Address of containerd", .none("there is no containerd beneath it")),
        Setting(
            "containerd-namespace", .string, "Namespace in containerd",
            .none("there is no containerd beneath it")),
        Setting(
            "containerd-plugin-namespace", flag: "containerd-plugins-namespace", .string,
            "Namespace of plugins in containerd", .none("there is no containerd beneath it")),
        Setting(
            "cpu-rt-period", .int, "Real-time period of the parent cgroup, in microseconds",
            .none("set it in the parent cgroup")),
        Setting(
            "cpu-rt-runtime", .int, "Real-time runtime of the parent cgroup, in microseconds",
            .none("set it in the parent cgroup")),
        Setting(
            "cri-containerd", .bool, "Start containerd with CRI", .none("there is no containerd beneath it")),
        Setting("data-root", .string, "Directory of everything kept", standard: "\"/var/lib/berth\""),
        Setting("debug", short: "D", .bool, "Log decisions, too", reloads: true),
        Setting(
            "default-address-pools", flag: "default-address-pool", .pools,
            "Ranges that the subnets of networks come from"),
        Setting(
            "default-cgroupns-mode", .string, "cgroup namespace of containers (\"host\" | \"private\")",
            standard: "\"private\""),
        Setting(
            "default-gateway", .ip, "Gateway of the default bridge",
            .none("containers go by the bridge's own address")),
        Setting(
            "default-gateway-v6", .ip, "IPv6 gateway of the default bridge",
            .none("containers have no IPv6 yet")),
        Setting(
            "default-ipc-mode", .string, "ipc namespace of containers (\"shareable\" | \"private\")",
            standard: "\"private\""),
        Setting(
            "default-network-opts", flag: "default-network-opt", .object, "Options of new networks",
            .none("give them to \"network create\"")),
        Setting("default-runtime", .string, "OCI runtime of containers", standard: "\"runc\"", reloads: true),
        Setting("default-shm-size", .bytes, "Size of containers' /dev/shm", standard: "64MiB"),
        Setting("default-ulimits", flag: "default-ulimit", .ulimits, "Limits of containers' processes"),
        Setting("dns", .ips, "Name server for containers"),
        Setting("dns-opts", flag: "dns-opt", .list, "Option of resolv.conf for containers"),
        Setting("dns-search", .list, "Search domain for containers"),
        Setting(
            "exec-opts", flag: "exec-opt", .list, "Options of the runtime (native.cgroupdriver=cgroupfs)"),
        Setting(
            "exec-root", .string, "Directory of sockets and running state", standard: "\"/run/berth\""),
        Setting(
            "experimental", .bool, "Experimental features", .none("it has no features that are experimental")),
        Setting("features", flag: "feature", .flags, "Features to switch on or off", reloads: true),
        Setting(
            "fixed-cidr", .string, "Part of the bridge's subnet for containers",
            .none("choose the subnet with bip")),
        Setting(
            "fixed-cidr-v6", .string, "IPv6 subnet of the default bridge",
            .none("containers have no IPv6 yet")),
        Setting(
            "group", short: "G", .string, "Group of the unix socket", standard: "\"docker\", if there is one"),
        Setting("", flag: "help", short: "h", .bool, "Print this and exit"),
        Setting(
            "hosts", flag: "host", short: "H", .list,
            "Socket to listen on: unix:///path, tcp://host:port, fd:// (default unix:///run/berth/berth.sock)"
        ),
        Setting(
            "host-gateway-ips", flag: "host-gateway-ip", .ips,
            "Address that \"host-gateway\" stands for (default: the bridge's)"),
        Setting("http-proxy", .string, "Proxy for outgoing HTTP"),
        Setting("https-proxy", .string, "Proxy for outgoing HTTPS"),
        Setting(
            "icc", .bool, "Containers on the default bridge reach each other", standard: "true",
            .only(true, "containers of one bridge reach each other")),
        Setting("init", .bool, "Run an init in every container"),
        Setting("init-path", .string, "Program of that init", .none("its init is built in")),
        Setting(
            "insecure-registries", flag: "insecure-registry", .list,
            "Registry that may be spoken to without TLS",
            reloads: true),
        Setting("ip", .ip, "Host address that ports are published on", standard: "0.0.0.0"),
        Setting(
            "ip-forward", .bool, "Switch forwarding on", standard: "true",
            .only(true, "its networks need forwarding")),
        Setting(
            "ip-forward-no-drop", .bool, "Do not drop other forwarded packets then", standard: "true",
            .only(true, "it drops nothing that is not its own")),
        Setting(
            "ip-masq", .bool, "Hide containers' addresses behind the host's", standard: "true",
            .only(true, "use --network host instead")),
        Setting(
            "iptables", .bool, "Make packet filter rules", standard: "true",
            .only(true, "its networks need their rules, which are nftables'")),
        Setting(
            "ip6tables", .bool, "Make IPv6 packet filter rules", standard: "true",
            .only(true, "its networks need their rules, which are nftables'")),
        Setting("ipv6", .bool, "IPv6 on the default bridge", .none("containers have no IPv6 yet")),
        Setting("labels", flag: "label", .list, "Label of the daemon, key=value", reloads: true),
        Setting(
            "live-restore", .bool, "Keep containers running while the daemon does not", standard: "true",
            .only(true, "containers always outlive the daemon"), reloads: true),
        Setting("log-driver", .string, "Log driver of containers", standard: "\"json-file\""),
        Setting(
            "log-format", .string, "Format of the daemon's log (\"text\" | \"json\")", standard: "\"text\""),
        Setting(
            "log-level", short: "l", .string,
            "How much to log (\"trace\" | \"debug\" | \"info\" | \"warn\" | \"error\" | \"fatal\")",
            standard: "\"info\"", reloads: true),
        Setting("log-opts", flag: "log-opt", .map, "Option of the default log driver"),
        Setting(
            "max-concurrent-downloads", .int, "Layers of a pull downloaded at once", standard: "8",
            reloads: true),
        Setting(
            "max-concurrent-uploads", .int, "Layers of a push uploaded at once", standard: "5", reloads: true),
        Setting("max-download-attempts", .int, "Attempts at each layer", standard: "5", reloads: true),
        Setting("metrics-addr", .string, "Address and port to serve Prometheus metrics on"),
        Setting("mtu", .int, "MTU of the default network (default: the way out's, at most 1500)"),
        Setting(
            "network-control-plane-mtu", .int, "MTU of swarm's control plane", .none("there is no swarm")),
        Setting("no-new-privileges", .bool, "Containers gain no privileges unless they are told otherwise"),
        Setting("no-proxy", .string, "Hosts reached without the proxy"),
        Setting(
            "node-generic-resources", flag: "node-generic-resource", .list, "Resources of a swarm node",
            .none("there is no swarm")),
        Setting("pidfile", short: "p", .string, "File for the process id"),
        Setting("raw-logs", .bool, "Log without colours and with whole times: as always"),
        Setting(
            "registry-mirrors", flag: "registry-mirror", .list, "Mirror of Docker Hub to ask first",
            reloads: true),
        Setting("rootless", .bool, "Run without root", .none("it needs to be root")),
        Setting(
            "", flag: "runtime-program", .string,
            "Path of berth-runtime (default: beside berthd, else in PATH)"),
        Setting(
            "seccomp-profile", .string, "File of the default seccomp profile, \"unconfined\" or \"builtin\"",
            standard: "\"builtin\""),
        Setting("selinux-enabled", .bool, "SELinux labels", .none("it sets no labels yet")),
        Setting(
            "shutdown-timeout", .int, "Seconds that calls may take to finish when the daemon ends",
            standard: "15",
            reloads: true),
        Setting("storage-driver", short: "s", .string, "Storage driver (overlay2)"),
        Setting(
            "storage-opts", flag: "storage-opt", .list, "Storage driver options", .none("overlay2 needs none")
        ),
        Setting(
            "swarm-default-advertise-addr", .string, "Address of a swarm node", .none("there is no swarm")),
        Setting("tls", .bool, "Use TLS; implied by --tlsverify"),
        Setting(
            "tlscacert", .string, "Trust clients' certificates of this CA only",
            standard: "\"/root/.docker/ca.pem\""),
        Setting("tlscert", .string, "Certificate file", standard: "\"/root/.docker/cert.pem\""),
        Setting("tlskey", .string, "Key file", standard: "\"/root/.docker/key.pem\""),
        Setting("tlsverify", .bool, "Use TLS and ask clients for certificates"),
        Setting(
            "userland-proxy", .bool, "Relay published ports on loopback", standard: "true",
            .only(true, "its relay is part of the daemon and runs only where it is needed")),
        Setting(
            "userland-proxy-path", .string, "Program of that relay", .none("its relay is part of the daemon")),
        Setting("userns-remap", .string, "User namespace of containers", .none("it maps no users yet")),
        Setting("", flag: "validate", .bool, "Check the configuration and exit"),
        Setting("", flag: "version", short: "v", .bool, "Print the version and exit"),
        Setting(
            "builder", flag: "", .object, "Settings of BuildKit", .none("there is no builder yet"),
            reloads: true),
        Setting("host-gateway-ip", flag: "", .ip, "Older name of host-gateway-ips, for one address"),
        Setting("proxies", flag: "", .object, "The three proxy settings as one object"),
        Setting(
            "deprecated-key-path", flag: "", .string, "File of the trust key", .none("images are not signed")),
    ]

    static func named(flag: String) -> Setting? { all.first { $0.flag == flag && !flag.isEmpty } }
    static func named(key: String) -> Setting? { all.first { $0.key == key && !key.isEmpty } }
}
