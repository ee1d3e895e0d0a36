/// Go's types of inspected objects: which members there are, and what one is when JSON leaves it out.
///
/// A member is `GoName` or `GoName=JSONName`, then its type: `s` text, `i` number, `b` flag, `T` time, `?` anything,
/// a leading `*` for what may be nil, `[]` for lists, `map:` for maps, a capital letter for another type,
/// `+Type` for an embedded one.
enum InspectSchema {
    static let types: [String: String] = [
        "Container": """
        ID=Id s|Created s|Path s|Args []s|State *State|Image s|ResolvConfPath s|HostnamePath s|HostsPath s|LogPath s|\
        Name s|RestartCount i|Driver s|Platform s|MountLabel s|ProcessLabel s|AppArmorProfile s|ExecIDs []s|\
        HostConfig *HostConfig|GraphDriver DriverData|SizeRw *i|SizeRootFs *i|Mounts []Mount|Config *Config|\
        NetworkSettings *NetworkSettings|ImageManifestDescriptor *?
        """,
        "State": """
        Status s|Running b|Paused b|Restarting b|OOMKilled b|Dead b|Pid i|ExitCode i|Error s|StartedAt s|\
        FinishedAt s|Health *Health
        """,
        "Health": "Status s|FailingStreak i|Log []HealthResult",
        "HealthResult": "Start T|End T|ExitCode i|Output s",
        "HealthConfig": "Test []s|Interval i|Timeout i|StartPeriod i|StartInterval i|Retries i",
        "DriverData": "Data map:s|Name s",
        "Mount": "Type s|Name s|Source s|Destination s|Driver s|Mode s|RW b|Propagation s",
        "Config": """
        Hostname s|Domainname s|User s|AttachStdin b|AttachStdout b|AttachStderr b|ExposedPorts map:Empty|Tty b|\
        OpenStdin b|StdinOnce b|Env []s|Cmd []s|Healthcheck *HealthConfig|ArgsEscaped b|Image s|Volumes map:Empty|\
        WorkingDir s|Entrypoint []s|NetworkDisabled b|MacAddress s|OnBuild []s|Labels map:s|StopSignal s|\
        StopTimeout *i|Shell []s
        """,
        "Empty": "",
        "HostConfig": """
        Binds []s|ContainerIDFile s|LogConfig LogConfig|NetworkMode s|PortBindings map:[]PortBinding|\
        RestartPolicy RestartPolicy|AutoRemove b|VolumeDriver s|VolumesFrom []s|ConsoleSize []i|Annotations map:s|\
        CapAdd []s|CapDrop []s|CgroupnsMode s|DNS=Dns []s|DNSOptions=DnsOptions []s|DNSSearch=DnsSearch []s|\
        ExtraHosts []s|GroupAdd []s|IpcMode s|Cgroup s|Links []s|OomScoreAdj i|PidMode s|Privileged b|\
        PublishAllPorts b|ReadonlyRootfs b|SecurityOpt []s|StorageOpt map:s|Tmpfs map:s|UTSMode s|UsernsMode s|\
        ShmSize i|Sysctls map:s|Runtime s|Isolation s|+Resources|Mounts []?|MaskedPaths []s|ReadonlyPaths []s|Init *b
        """,
        "LogConfig": "Type s|Config map:s",
        "RestartPolicy": "Name s|MaximumRetryCount i",
        "PortBinding": "HostIP=HostIp s|HostPort s",
        "Resources": """
        CPUShares=CpuShares i|Memory i|NanoCPUs=NanoCpus i|CgroupParent s|BlkioWeight i|BlkioWeightDevice []?|\
        BlkioDeviceReadBps []?|BlkioDeviceWriteBps []?|BlkioDeviceReadIOps []?|BlkioDeviceWriteIOps []?|\
        CPUPeriod=CpuPeriod i|CPUQuota=CpuQuota i|CPURealtimePeriod=CpuRealtimePeriod i|\
        CPURealtimeRuntime=CpuRealtimeRuntime i|CpusetCpus s|CpusetMems s|Devices []Device|DeviceCgroupRules []s|\
        DeviceRequests []?|KernelMemory i|KernelMemoryTCP i|MemoryReservation i|MemorySwap i|MemorySwappiness *i|\
        OomKillDisable *b|PidsLimit *i|Ulimits []Ulimit|CPUCount=CpuCount i|CPUPercent=CpuPercent i|IOMaximumIOps i|\
        IOMaximumBandwidth i
        """,
        "Device": "PathOnHost s|PathInContainer s|CgroupPermissions s",
        "Ulimit": "Name s|Hard i|Soft i",
        "NetworkSettings": """
        Bridge s|SandboxID s|SandboxKey s|Ports map:[]PortBinding|HairpinMode b|LinkLocalIPv6Address s|\
        LinkLocalIPv6PrefixLen i|SecondaryIPAddresses []?|SecondaryIPv6Addresses []?|EndpointID s|Gateway s|\
        GlobalIPv6Address s|GlobalIPv6PrefixLen i|IPAddress s|IPPrefixLen i|IPv6Gateway s|MacAddress s|\
        Networks map:Endpoint
        """,
        "Endpoint": """
        IPAMConfig *?|Links []s|Aliases []s|MacAddress s|DriverOpts map:s|GwPriority i|NetworkID s|EndpointID s|\
        Gateway s|IPAddress s|IPPrefixLen i|IPv6Gateway s|GlobalIPv6Address s|GlobalIPv6PrefixLen i|DNSNames []s
        """,
        "Image": """
        ID=Id s|RepoTags []s|RepoDigests []s|Parent s|Comment s|Created s|Container s|ContainerConfig *Config|\
        DockerVersion s|Author s|Config *ImageConfig|Architecture s|Variant s|Os s|OsVersion s|Size i|VirtualSize i|\
        GraphDriver DriverData|RootFS RootFS|Metadata Metadata|Descriptor *?|Manifests []?
        """,
        "ImageConfig": """
        User s|ExposedPorts map:Empty|Env []s|Entrypoint []s|Cmd []s|Volumes map:Empty|WorkingDir s|Labels map:s|\
        StopSignal s|ArgsEscaped b|Healthcheck *HealthConfig|OnBuild []s|Shell []s
        """,
        "RootFS": "Type s|Layers []s",
        "Metadata": "LastTagTime T",
        "Volume": """
        ClusterVolume *?|CreatedAt s|Driver s|Labels map:s|Mountpoint s|Name s|Options map:s|Scope s|Status map:?|\
        UsageData *?
        """,
        "Network": """
        Name s|ID=Id s|Created T|Scope s|Driver s|EnableIPv4 b|EnableIPv6 b|IPAM IPAM|Internal b|Attachable b|\
        Ingress b|ConfigFrom ConfigFrom|ConfigOnly b|Containers map:NetworkContainer|Options map:s|Labels map:s|\
        Peers []?|Services map:?
        """,
        "IPAM": "Driver s|Options map:s|Config []IPAMConfig",
        "IPAMConfig": "Subnet s|IPRange s|Gateway s|AuxAddress=AuxiliaryAddresses map:s",
        "ConfigFrom": "Network s",
        "NetworkContainer": "Name s|EndpointID s|MacAddress s|IPv4Address s|IPv6Address s",
    ]
}
