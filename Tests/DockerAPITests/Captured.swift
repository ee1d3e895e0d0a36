/// Documents taken from dockerd 28.5.2 (API 1.51), with ids and paths cut short.
enum Captured {
    static let inspect: String =
        #"{"Id":"55aed00e","Created":"2026-11-23T21:15:40.291285927Z","Path":"sleep","Args":["1000"#
        + #""],"State":{"Status":"running","Running":true,"Paused":false,"Restarting":false,"OOMKill"#
        + #"ed":false,"Dead":false,"Pid":11574,"ExitCode":0,"Error":"","StartedAt":"2026-11-23T21:15"#
        + #":40.32756817Z","FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"healthy","Failing"#
        + #"Streak":0,"Log":[{"Start":"2026-11-23T21:15:41.537487613Z","End":"2026-11-23T21:15:41.59"#
        + #"542361Z","ExitCode":0,"Output":""},{"Start":"2026-11-23T21:15:42.59614663Z","End":"2026-"#
        + #"11-23T21:15:42.668034737Z","ExitCode":0,"Output":""}]}},"Image":"sha256:4cc4190f","Resol"#
        + #"vConfPath":"/var/lib/docker-peer/containers/55aed00e/resolv.conf","HostnamePath":"/var/l"#
        + #"ib/docker-peer/containers/55aed00e/hostname","HostsPath":"/var/lib/docker-peer/container"#
        + #"s/55aed00e/hosts","LogPath":"/var/lib/docker-peer/containers/55aed00e/55aed00e-json.log""#
        + #","Name":"/h5c","RestartCount":0,"Driver":"overlay2","Platform":"linux","MountLabel":"",""#
        + #"ProcessLabel":"","AppArmorProfile":"","ExecIDs":["8a8e58cf"],"HostConfig":{"Binds":["h5v"#
        + #"ol:/data"],"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMod"#
        + #"e":"bridge","PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"58080"}]},"Resta"#
        + #"rtPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"","Volu"#
        + #"mesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dn"#
        + #"s":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"privat"#
        + #"e","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllP"#
        + #"orts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmS"#
        + #"ize":67108864,"Runtime":"runc","Isolation":"","CpuShares":0,"Memory":67108864,"NanoCpus""#
        + #":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"Blk"#
        + #"ioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"C"#
        + #"puQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","#
        + #""Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"Memor"#
        + #"ySwap":134217728,"MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimit"#
        + #"s":[{"Name":"nofile","Hard":2000,"Soft":1000}],"CpuCount":0,"CpuPercent":0,"IOMaximumIOp"#
        + #"s":0,"IOMaximumBandwidth":0,"MaskedPaths":["/proc/asound","/proc/acpi","/proc/interrupts"#
        + #"","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats"#
        + #"","/proc/sched_debug","/proc/scsi","/sys/firmware","/sys/devices/virtual/powercap"],"Rea"#
        + #"donlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]},"Gra"#
        + #"phDriver":{"Data":{"ID":"55aed00e","LowerDir":"/var/lib/docker-peer/overlay2/a0e00618-in"#
        + #"it/diff:/var/lib/docker-peer/overlay2/de13a13b/diff","MergedDir":"/var/lib/docker-peer/o"#
        + #"verlay2/a0e00618/merged","UpperDir":"/var/lib/docker-peer/overlay2/a0e00618/diff","WorkD"#
        + #"ir":"/var/lib/docker-peer/overlay2/a0e00618/work"},"Name":"overlay2"},"Mounts":[{"Type":"#
        + #""volume","Name":"h5vol","Source":"/var/lib/docker-peer/volumes/h5vol/_data","Destination"#
        + #"":"/data","Driver":"local","Mode":"z","RW":true,"Propagation":""}],"Config":{"Hostname":"#
        + #""55aed00e0687","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"Attac"#
        + #"hStderr":false,"ExposedPorts":{"80/tcp":{},"90/tcp":{}},"Tty":false,"OpenStdin":false,"S"#
        + #"tdinOnce":false,"Env":["A=b"],"Cmd":["sleep","1000"],"Healthcheck":{"Test":["CMD-SHELL","#
        + #""/bin/true"],"Interval":1000000000},"Image":"busybox","Volumes":null,"WorkingDir":"","En"#
        + #"trypoint":null,"OnBuild":null,"Labels":{"x":"y"}},"NetworkSettings":{"Bridge":"","Sandbo"#
        + #"xID":"cd3fb2e4","SandboxKey":"/var/run/docker/netns/cd3fb2e4e665","Ports":{"80/tcp":[{"H"#
        + #"ostIp":"127.0.0.1","HostPort":"58080"}],"90/tcp":null},"HairpinMode":false,"LinkLocalIPv"#
        + #"6Address":"","LinkLocalIPv6PrefixLen":0,"SecondaryIPAddresses":null,"SecondaryIPv6Addres"#
        + #"ses":null,"EndpointID":"00eb1042","Gateway":"172.17.0.1","GlobalIPv6Address":"","GlobalI"#
        + #"Pv6PrefixLen":0,"IPAddress":"172.17.0.3","IPPrefixLen":16,"IPv6Gateway":"","MacAddress":"#
        + #""f2:b2:52:ab:d1:bf","Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"#
        + #""MacAddress":"f2:b2:52:ab:d1:bf","DriverOpts":null,"GwPriority":0,"NetworkID":"461dce40""#
        + #","EndpointID":"00eb1042","Gateway":"172.17.0.1","IPAddress":"172.17.0.3","IPPrefixLen":1"#
        + #"6,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}}}"#
    static let summary: String =
        #"{"Id":"182cafbfa5ec","Names":["/h6c"],"Image":"h6bb","ImageID":"sha256:7059","Command":""#
        + #"sleep 10000","Created":1795468046,"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort""#
        + #":18080,"Type":"tcp"},{"PrivatePort":90,"Type":"tcp"}],"SizeRootFs":1984168,"Labels":{"a."#
        + #"b":"c","l1":"v1"},"State":"running","Status":"Up 7 minutes","HostConfig":{"NetworkMode":"#
        + #""bridge"},"NetworkSettings":{"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Alias"#
        + #"es":null,"MacAddress":"0e:d2:7d:24:1f:c0","DriverOpts":null,"GwPriority":0,"NetworkID":""#
        + #"461d","EndpointID":"d1cf","Gateway":"172.17.0.1","IPAddress":"172.17.0.2","IPPrefixLen":"#
        + #"16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}},"M"#
        + #"ounts":[{"Type":"bind","Source":"/tmp","Destination":"/mnt","Mode":"","RW":false,"Propag"#
        + #"ation":"rprivate"}]}"#
    static let event: String =
        #"{"status":"exec_die","id":"55ae","from":"busybox","Type":"container","Action":"exec_die""#
        + #","Actor":{"ID":"55ae","Attributes":{"execID":"c618","exitCode":"0","image":"busybox","na"#
        + #"me":"h5c","x":"y"}},"scope":"local","time":1795468541,"timeNano":1795468541595289511}"#
    static let exec: String =
        #"{"ID":"8a8e","Running":false,"ExitCode":null,"ProcessConfig":{"tty":false,"entrypoint":""#
        + #"true","arguments":[],"privileged":false,"user":"0"},"OpenStdin":false,"OpenStderr":false"#
        + #","OpenStdout":false,"CanRemove":false,"ContainerID":"55ae","DetachKeys":"","Pid":0}"#
    static let image: String =
        #"{"Containers":-1,"Created":1795468220,"Id":"sha256:598e","Labels":null,"ParentId":"","Re"#
        + #"poDigests":[],"RepoTags":["h5bb:latest"],"SharedSize":-1,"Size":1982263,"VirtualSize":19"#
        + #"82263}"#
    static let network: String =
        #"{"Name":"bridge","Id":"461d","Created":"2026-11-23T21:04:58.949012303Z","Scope":"local","#
        + #""Driver":"bridge","EnableIPv4":true,"EnableIPv6":false,"IPAM":{"Driver":"default","Optio"#
        + #"ns":null,"Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"}]},"Internal":false,"#
        + #""Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Conta"#
        + #"iners":{"182c":{"Name":"h6c","EndpointID":"d1cf","MacAddress":"0e:d2","IPv4Address":"172"#
        + #".17.0.2/16","IPv6Address":""}},"Options":{"com.docker.network.bridge.name":"docker0","co"#
        + #"m.docker.network.driver.mtu":"1500"},"Labels":{}}"#
    static let volume: String =
        #"{"CreatedAt":"2026-11-23T21:10:20Z","Driver":"local","Labels":null,"Mountpoint":"/v/_dat"#
        + #"a","Name":"h5vol","Options":null,"Scope":"local","UsageData":{"RefCount":1,"Size":0}}"#
    static let version: String =
        #"{"Platform":{"Name":""},"Components":[{"Name":"Engine","Version":"28.5.2","Details":{"Ap"#
        + #"iVersion":"1.51","Arch":"amd64","MinAPIVersion":"1.24"}}],"Version":"28.5.2","ApiVersion"#
        + #"":"1.51","MinAPIVersion":"1.24","GitCommit":"","GoVersion":"go1.27.1","Os":"linux","Arch"#
        + #"":"amd64","KernelVersion":"6.18","BuildTime":"2026-09-15T11:02:57.000000000+00:00"}"#
}
