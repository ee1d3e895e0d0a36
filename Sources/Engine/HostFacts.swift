internal import Glibc
internal import Linux

/// What berthd finds out about its host once, at its start.
struct HostFacts: Sendable {
    var hostName: String
    var kernelVersion: String
    var architecture: String
    var operatingSystem: String
    var osVersion: String
    var cpus: Int
    var memoryBytes: Int64
    var onlineCPUs: String
    var memoryNodes: String
    /// Capabilities of this daemon.
    var capabilities: Set<String>
    var limits: KernelLimits
    /// Whether the kernel confines programs by AppArmor profiles, or by SELinux labels.
    var hasAppArmor: Bool
    var hasSELinux: Bool

    /// Reads `/proc`, `/sys` and `/etc/os-release`.
    static func read() -> HostFacts {
        var names = utsname()
        uname(&names)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        func line(_ path: String) -> String {
            String(((try? readText(path)) ?? "").split(separator: "\n").first ?? "")
        }
        let release = (try? readText("/etc/os-release")) ?? ""
        func field(_ key: String) -> String {
            for entry in release.split(separator: "\n") where entry.hasPrefix(key + "=") {
                return entry.dropFirst(key.count + 1).trimmingQuotes
            }
            return ""
        }
        let memory = ((try? readText("/proc/meminfo")) ?? "").split(separator: "\n").first {
            $0.hasPrefix("MemTotal:")
        }
        let kilobytes = memory?.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        let status = ((try? readText("/proc/self/status")) ?? "").split(separator: "\n")
        let mask =
            status.first { $0.hasPrefix("CapEff:") }?
            .split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap { UInt64($0, radix: 16) } ?? 0
        return HostFacts(
            hostName: text(names.nodename), kernelVersion: text(names.release),
            architecture: text(names.machine),
            operatingSystem: field("PRETTY_NAME"), osVersion: field("VERSION_ID"),
            cpus: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), memoryBytes: kilobytes * 1024,
            onlineCPUs: line("/sys/devices/system/cpu/online"),
            memoryNodes: line("/sys/devices/system/node/online"),
            capabilities: CapabilitySet.names(mask: mask), limits: .read(),
            hasAppArmor: line("/sys/module/apparmor/parameters/enabled") == "Y",
            hasSELinux: fileExists("/sys/fs/selinux/enforce"))
    }

    /// The host's name as it is now.
    static var name: String {
        String(((try? readText("/proc/sys/kernel/hostname")) ?? "").prefix { $0 != "\n" })
    }

    /// The architecture in Go's words.
    var goArchitecture: String {
        switch architecture {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        default: architecture
        }
    }

    var resources: HostResources {
        HostResources(
            cpus: cpus, memoryBytes: memoryBytes, availableCPUs: onlineCPUs,
            availableMemoryNodes: memoryNodes.isEmpty ? "0" : memoryNodes, limits: limits)
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        guard count >= 2, let first, first == "\"" || first == "'", last == first else { return String(self) }
        return String(dropFirst().dropLast())
    }
}
