/// The options that `run` and `create` share, and those of each.
enum RunFlags {
    static let run: [Flag] =
        shared + [
            Flag("detach", "d", .bool, "Run in the background and print the container's ID"),
            Flag("detach-keys", nil, .string, "Keys that leave the container, instead of ctrl-p,ctrl-q"),
            Flag("sig-proxy", nil, .bool, "Pass received signals on to the process", standard: "true"),
        ]
    static let create: [Flag] = shared

    /// The options of `update`: limits that can change, and the restart policy.
    static let update: [Flag] =
        resources.filter { updatable.contains($0.name) } + [
            Flag("restart", nil, .string, "What to do when the container exits")
        ]

    private static let updatable: Set<String> = [
        "blkio-weight", "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime", "cpu-shares", "cpus",
        "cpuset-cpus",
        "cpuset-mems", "memory", "memory-reservation", "memory-swap", "pids-limit",
    ]

    private static let shared: [Flag] = process + resources + network + storage + health + hidden

    private static let process: [Flag] = [
        Flag(
            "annotation", nil, .map, "Annotation for the OCI runtime", standard: "map[]"),
        Flag("attach", "a", .list, "Attach to STDIN, STDOUT or STDERR", convert: Validate.attach),
        Flag("cap-add", nil, .list, "Linux capability to add"),
        Flag("cap-drop", nil, .list, "Linux capability to drop"),
        Flag("cgroup-parent", nil, .string, "Cgroup below which the container's own is made"),
        Flag("cgroupns", nil, .string, "Cgroup namespace: 'host', 'private', or the daemon's default"),
        Flag("cidfile", nil, .string, "File to write the container's ID to"),
        Flag("disable-content-trust", nil, .bool, "Skip the check of signatures", standard: "true"),
        Flag("domainname", nil, .string, "NIS domain name"),
        Flag("entrypoint", nil, .string, "Program to run instead of the image's ENTRYPOINT"),
        Flag("env", "e", .list, "Environment variable", convert: Validate.environment),
        Flag("env-file", nil, .list, "File of environment variables"),
        Flag("group-add", nil, .list, "Further group to join"),
        Flag("hostname", "h", .string, "Host name inside the container"),
        Flag("init", nil, .bool, "Run an init that forwards signals and reaps processes"),
        Flag("interactive", "i", .bool, "Keep STDIN open even if not attached"),
        Flag("ipc", nil, .string, "IPC mode"),
        Flag("isolation", nil, .string, "Isolation technology; Linux knows the default only"),
        Flag("label", "l", .list, "Label of the container", convert: Validate.label),
        Flag("label-file", nil, .list, "File of labels, one a line"),
        Flag("log-driver", nil, .string, "Logging driver"),
        Flag("log-opt", nil, .list, "Option of the logging driver"),
        Flag("name", nil, .string, "Name of the container"),
        Flag("pid", nil, .string, "PID namespace to use"),
        Flag(
            "platform", nil, .string, "Platform to choose where an image has several",
            standard: Platforms.standard),
        Flag("privileged", nil, .bool, "Give the container all the host's privileges"),
        Flag(
            "pull", nil, .string, "When to pull the image (\"always\", \"missing\", \"never\")",
            standard: "missing"),
        Flag("quiet", "q", .bool, "Print nothing while pulling"),
        Flag("read-only", nil, .bool, "Mount the root filesystem read-only"),
        Flag("restart", nil, .string, "What to do when the container exits", standard: "no"),
        Flag("rm", nil, .bool, "Remove the container and its anonymous volumes when it exits"),
        Flag("runtime", nil, .string, "OCI runtime to use"),
        Flag("security-opt", nil, .list, "Security option"),
        Flag("stop-signal", nil, .string, "Signal that stops the container"),
        Flag("stop-timeout", nil, .int, "Seconds to wait before the container is killed"),
        Flag(
            "sysctl", nil, .map, "Kernel setting of the container's namespaces", standard: "map[]",
            convert: Validate.sysctl),
        Flag("tty", "t", .bool, "Allocate a pseudo terminal"),
        Flag(
            "use-api-socket", nil, .bool, "Mount the engine's socket, and give the container your credentials"
        ),
        Flag("user", "u", .string, "User and group: <name|uid>[:<group|gid>]"),
        Flag("userns", nil, .string, "User namespace to use"),
        Flag("uts", nil, .string, "UTS namespace to use"),
        Flag("workdir", "w", .string, "Working directory inside the container"),
    ]

    private static let resources: [Flag] = [
        Flag(
            "blkio-weight", nil, .uint16, "Relative block IO weight, 10 to 1000, or 0 for none", standard: "0"
        ),
        Flag(
            "blkio-weight-device", nil, .list, "Block IO weight of a device", standard: "[]",
            convert: DeviceRates.checkWeight),
        Flag("cpu-period", nil, .int64, "Period of the CPU quota, in microseconds"),
        Flag("cpu-quota", nil, .int64, "CPU time a period, in microseconds"),
        Flag("cpu-rt-period", nil, .int64, "Period of the real-time quota, in microseconds"),
        Flag("cpu-rt-runtime", nil, .int64, "Real-time CPU time a period, in microseconds"),
        Flag("cpu-shares", "c", .int64, "Relative CPU weight"),
        Flag("cpus", nil, .decimal, "Number of CPUs"),
        Flag("cpuset-cpus", nil, .string, "CPUs to run on (0-3, 0,1)"),
        Flag("cpuset-mems", nil, .string, "Memory nodes to use (0-3, 0,1)"),
        Flag("device", nil, .list, "Host device to add"),
        Flag(
            "device-cgroup-rule", nil, .list, "Rule for the cgroup's list of devices",
            convert: Validate.deviceCgroupRule),
        Flag(
            "device-read-bps", nil, .list, "Bytes a second that may be read from a device", standard: "[]",
            convert: DeviceRates.checkBytes),
        Flag(
            "device-read-iops", nil, .list, "Reads a second from a device", standard: "[]",
            convert: DeviceRates.checkOperations),
        Flag(
            "device-write-bps", nil, .list, "Bytes a second that may be written to a device", standard: "[]",
            convert: DeviceRates.checkBytes),
        Flag(
            "device-write-iops", nil, .list, "Writes a second to a device", standard: "[]",
            convert: DeviceRates.checkOperations),
        Flag(
            "gpus", nil, .named("gpu-request"), "GPUs to add ('all' for every one)", convert: GPURequest.check
        ),
        Flag("kernel-memory", nil, .bytes, "Limit of kernel memory"),
        Flag("memory", "m", .bytes, "Limit of memory"),
        Flag("memory-reservation", nil, .bytes, "Memory that is kept when memory is short"),
        Flag("memory-swap", nil, .swapBytes, "Limit of memory and swap together; '-1' for unlimited swap"),
        Flag(
            "memory-swappiness", nil, .int64, "How readily memory is swapped out (0 to 100)", standard: "-1"),
        Flag("oom-kill-disable", nil, .bool, "Do not kill processes when memory runs out"),
        Flag(
            "oom-score-adj", nil, .int,
            "How readily the host kills the container when memory runs out (-1000 to 1000)"),
        Flag("pids-limit", nil, .int64, "Number of processes allowed; -1 for unlimited"),
        Flag("shm-size", nil, .bytes, "Size of /dev/shm"),
        Flag(
            "ulimit", nil, .named("ulimit"), "Resource limit of the process", standard: "[]",
            convert: Ulimit.check),
    ]

    private static let network: [Flag] = [
        Flag("add-host", nil, .list, "Line for /etc/hosts (host:ip)", convert: Validate.extraHost),
        Flag("dns", nil, .list, "DNS server", convert: Validate.address),
        Flag("dns-option", nil, .list, "Option for resolv.conf"),
        Flag("dns-opt", nil, .list, "Option for resolv.conf", hidden: true),
        Flag("dns-search", nil, .list, "Domain to search names in", convert: Validate.searchDomain),
        Flag("expose", nil, .list, "Port or range of ports to expose"),
        Flag("ip", nil, .string, "IPv4 address"),
        Flag("ip6", nil, .string, "IPv6 address"),
        Flag("link", nil, .list, "Other container to link to", convert: Validate.link),
        Flag("link-local-ip", nil, .list, "Link-local address", convert: Validate.address),
        Flag("mac-address", nil, .string, "MAC address"),
        Flag("network", nil, .named("network"), "Network to connect to", convert: NetworkSpec.check),
        Flag(
            "net", nil, .named("network"), "Network to connect to", hidden: true, convert: NetworkSpec.check),
        Flag("network-alias", nil, .list, "Further name of the container in its network"),
        Flag("net-alias", nil, .list, "Further name of the container in its network", hidden: true),
        Flag("publish", "p", .list, "Port to publish on the host"),
        Flag("publish-all", "P", .bool, "Publish every exposed port on a random one"),
    ]

    private static let storage: [Flag] = [
        Flag("mount", nil, .named("mount"), "Filesystem to mount", convert: MountSpec.check),
        Flag("storage-opt", nil, .list, "Option of the storage driver"),
        Flag("tmpfs", nil, .list, "Directory to hold in memory"),
        Flag("volume", "v", .list, "Volume or host directory to mount"),
        Flag("volume-driver", nil, .string, "Volume driver"),
        Flag("volumes-from", nil, .list, "Container whose volumes are mounted too"),
    ]

    private static let health: [Flag] = [
        Flag("health-cmd", nil, .string, "Command that checks the container's health"),
        Flag("health-interval", nil, .duration, "Time between two checks (ms|s|m|h)", standard: "0s"),
        Flag("health-retries", nil, .int, "Failures in a row that count as unhealthy"),
        Flag(
            "health-start-interval", nil, .duration, "Time between two checks while starting (ms|s|m|h)",
            standard: "0s"),
        Flag(
            "health-start-period", nil, .duration, "Time to start in which failures do not count (ms|s|m|h)",
            standard: "0s"),
        Flag("health-timeout", nil, .duration, "Time that one check may take (ms|s|m|h)", standard: "0s"),
        Flag("no-healthcheck", nil, .bool, "Ignore the image's HEALTHCHECK"),
    ]

    /// The first of the options that only a daemon on Windows takes.
    static func foreign(in flags: ParsedFlags) -> String? { hidden.map(\.name).first(where: flags.has) }

    /// Options of Windows daemons, which are shown by none and refused by all others.
    private static let hidden: [Flag] = [
        Flag("cpu-count", nil, .int64, "Number of CPUs (Windows only)", hidden: true),
        Flag("cpu-percent", nil, .int64, "CPU percent (Windows only)", hidden: true),
        Flag("io-maxbandwidth", nil, .bytes, "IO bandwidth (Windows only)", hidden: true),
        Flag("io-maxiops", nil, .uint64, "IO operations a second (Windows only)", hidden: true),
    ]
}
