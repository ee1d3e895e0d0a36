import OrderedJSON
import Testing

@testable import BerthCLI

/// Bodies that docker 28's client was seen to send for the same command lines.
@Suite("The body of a create")
struct ContainerBodyTests {
    private func body(_ words: [String]) throws -> ContainerBody {
        try ContainerBody(try ParsedFlags(words, flags: RunFlags.run, stopsAtArgument: true))
    }

    @Test("Without options every field is there, in docker's order")
    func plain() throws {
        let text = try body(["--rm", "busybox", "echo", "hi"]).json.text()
        #expect(
            text == """
                {"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,\
                "Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":["echo","hi"],"Image":"busybox",\
                "Volumes":{},"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{},"HostConfig":{"Binds":null,\
                "ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},"NetworkMode":"default","PortBindings":{},\
                "RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":true,"VolumeDriver":"","VolumesFrom":null,\
                "ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"","Dns":[],"DnsOptions":[],"DnsSearch":[],\
                "ExtraHosts":null,"GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"",\
                "Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"",\
                "UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"",\
                "BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],\
                "BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,\
                "CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,\
                "DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":-1,"OomKillDisable":false,\
                "PidsLimit":0,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,\
                "MaskedPaths":null,"ReadonlyPaths":null},"NetworkingConfig":{"EndpointsConfig":{"default":\
                {"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"","DriverOpts":null,"GwPriority":0,\
                "NetworkID":"","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"",\
                "GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}}}
                """)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let words: [String]
        let field: String
        let json: String
        var testDescription: String { words.joined(separator: " ") }

        init(_ line: String, _ field: String, _ json: String) {
            words = line.split(separator: " ").map { String($0) } + ["x"]
            (self.field, self.json) = (field, json)
        }
    }

    private static let cases: [Case] = [
        Case("-p 8080:80", "HostConfig.PortBindings", #"{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}"#),
        Case(
            "-p 127.0.0.1::80/udp", "HostConfig.PortBindings",
            #"{"80/udp":[{"HostIp":"127.0.0.1","HostPort":""}]}"#),
        Case("-p [::1]:81:80", "HostConfig.PortBindings", #"{"80/tcp":[{"HostIp":"::1","HostPort":"81"}]}"#),
        Case(
            "-p 8000-8010:80", "HostConfig.PortBindings",
            #"{"80/tcp":[{"HostIp":"","HostPort":"8000-8010"}]}"#),
        Case("-p 8000-8001:80-81", "ExposedPorts", #"{"80/tcp":{},"81/tcp":{}}"#),
        Case("--expose 90-91/udp", "ExposedPorts", #"{"90/udp":{},"91/udp":{}}"#),
        Case("-v /a:/b -v vol:/c:ro", "HostConfig.Binds", #"["/a:/b","vol:/c:ro"]"#),
        Case("-v /anon", "Volumes", #"{"/anon":{}}"#),
        Case("--tmpfs /t:size=1m", "HostConfig.Tmpfs", #"{"/t":"size=1m"}"#),
        Case(
            "--mount type=bind,src=/a,dst=/b,ro,bind-propagation=rslave", "HostConfig.Mounts",
            #"[{"Type":"bind","Source":"/a","Target":"/b","ReadOnly":true,"BindOptions":{"Propagation":"rslave"}}]"#
        ),
        Case(
            "--mount src=v,dst=/b,volume-nocopy", "HostConfig.Mounts",
            #"[{"Type":"volume","Source":"v","Target":"/b","VolumeOptions":{"NoCopy":true,"DriverConfig":{}}}]"#
        ),
        Case("-e A=1 -e A=2 -e B=", "Env", #"["A=2","B="]"#),
        Case("-l a=b -l c", "Labels", #"{"a":"b","c":""}"#),
        Case("--cap-add net_admin --cap-add all", "HostConfig.CapAdd", #"["ALL","CAP_NET_ADMIN"]"#),
        Case("--cpus 1.5", "HostConfig.NanoCpus", "1500000000"),
        Case("-m 64m", "HostConfig.Memory", "67108864"),
        Case("--memory-swap -1", "HostConfig.MemorySwap", "-1"),
        Case("--ulimit nofile=10:20", "HostConfig.Ulimits", #"[{"Name":"nofile","Hard":20,"Soft":10}]"#),
        Case(
            "--device /dev/a:/dev/b:r", "HostConfig.Devices",
            #"[{"PathOnHost":"/dev/a","PathInContainer":"/dev/b","CgroupPermissions":"r"}]"#),
        Case(
            "--restart on-failure:3", "HostConfig.RestartPolicy",
            #"{"Name":"on-failure","MaximumRetryCount":3}"#),
        Case(
            "--health-cmd true --health-retries 2", "Healthcheck",
            #"{"Test":["CMD-SHELL","true"],"Retries":2}"#),
        Case("--no-healthcheck", "Healthcheck", #"{"Test":["NONE"]}"#),
        Case("--network host", "NetworkingConfig", #"{"EndpointsConfig":{}}"#),
        Case("--security-opt systempaths=unconfined", "HostConfig.MaskedPaths", "[]"),
        Case("-i", "StdinOnce", "true"), Case("-a stderr", "AttachStdout", "false"),
        Case("-d", "AttachStdout", "false"),
        Case("--entrypoint sh", "Entrypoint", #"["sh"]"#), Case("--init=false", "HostConfig.Init", "false"),
        Case("--stop-timeout 5", "StopTimeout", "5"),
        Case("--add-host a=::1", "HostConfig.ExtraHosts", #"["a:::1"]"#),
        Case(
            "--gpus all", "HostConfig.DeviceRequests",
            #"[{"Driver":"","Count":-1,"DeviceIDs":null,"Capabilities":[["gpu"]],"Options":{}}]"#),
    ]

    @Test("Options become fields", arguments: cases)
    func fields(_ test: Case) throws {
        var value: JSONValue? = try body(test.words).json
        for name in test.field.split(separator: ".") { value = value?[String(name)] }
        #expect(value?.text() == test.json)
    }

    @Test(
        "Bad values are refused in docker's words",
        arguments: [
            (["-p", "abc", "x"], "invalid containerPort: abc"),
            (["-p", "99999:80", "x"], "invalid hostPort: 99999"),
            (
                ["-p", "80-82:80-81", "x"],
                "invalid ranges specified for container and host Ports: 80-81 and 80-82"
            ),
            (["--expose", "80:80", "x"], "invalid port format for --expose: 80:80"),
            (["--env-file", "/nope", "x"], "open /nope: no such file or directory"),
            (
                ["--rm", "--restart", "always", "x"],
                "conflicting options: cannot specify both --restart and --rm"
            ),
            (["--pid", "foo", "x"], "--pid: invalid PID mode"),
            (["--uts", "foo", "x"], "--uts: invalid UTS mode"),
            (
                ["--memory-swappiness", "200", "x"],
                "invalid value: 200. Valid memory swappiness range is 0-100"
            ),
            (
                ["--no-healthcheck", "--health-cmd", "a", "x"],
                "--no-healthcheck conflicts with --health-* options"
            ),
            (["--security-opt", "foo", "x"], "Invalid --security-opt: \"foo\""),
            (["--device", "foo", "x"], "foo is not an absolute path"),
            (["-v", ":/a", "x"], "invalid spec: :/a: empty section between colons"),
            (["--mac-address", "foo", "x"], "foo is not a valid mac address"),
            (
                ["--network-alias", "a", "x"],
                "network-scoped aliases are only supported for user-defined networks"
            ),
        ])
    func refusals(words: [String], message: String) {
        let error = #expect(throws: CommandFailure.self) { try body(words) }
        #expect(error?.message == message)
    }

    @Test(
        "Image names are checked before anything is sent",
        arguments: [
            ("UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"),
            ("", "invalid reference format"), ("a b", "invalid reference format"),
            ("foo//bar", "invalid reference format"),
            ("foo:", "invalid reference format"),
            ("localhost:5000/Foo", "invalid reference format: repository name (Foo) must be lowercase"),
        ])
    func references(text: String, message: String) {
        let error = #expect(throws: CommandFailure.self) { try ImageName(parsing: text) }
        #expect(error?.message == message)
    }

    @Test("Image names have a short and a full form")
    func forms() throws {
        #expect(try ImageName(parsing: "busybox").withDefaultTag == "busybox:latest")
        #expect(try ImageName(parsing: "docker.io/library/busybox:1").withDefaultTag == "busybox:1")
        #expect(try ImageName(parsing: "a/b").fullName == "docker.io/a/b")
        #expect(try ImageName(parsing: "localhost:5000/b:2").fullName == "localhost:5000/b")
    }

    @Test(
        "Failures to start have the shell's codes",
        arguments: [
            ("exec: \"x\": executable file not found in $PATH", 127),
            ("exec: \"/x\": stat /x: no such file or directory", 127),
            ("exec: \"/etc\": is a directory: permission denied", 126), ("port is already allocated", 125),
        ] as [(String, Int32)])
    func codes(message: String, code: Int32) {
        #expect(ExitCode.ofStartFailure(message) == code)
    }
}
