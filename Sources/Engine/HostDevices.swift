internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI

/// Devices of the host that containers may get.
enum HostDevices {
    /// Every device node below `/dev`, for privileged containers; terminals and links are the container's own.
    static func all() -> [RuntimeSpec.Device] {
        walk(
            "/dev", "/dev",
            skipping: ["pts", "shm", "fd", "mqueue", "console", "ptmx", "stdin", "stdout", "stderr"])
    }

    /// The devices of one `--device`; a directory stands for all below it.
    static func mapped(_ mapping: DeviceMapping) throws -> [RuntimeSpec.Device] {
        let target = mapping.pathInContainer.isEmpty ? mapping.pathOnHost : mapping.pathInContainer
        let failure =
            "error gathering device information while adding custom device \"\(mapping.pathOnHost)\""
        do {
            if let node = try DeviceNode(at: mapping.pathOnHost) { return [device(node, target)] }
        } catch {
            throw EngineError(.invalidParameter, "\(failure): \(error.code.reason)", cause: error)
        }
        let found = isDirectory(mapping.pathOnHost) ? walk(mapping.pathOnHost, target, skipping: []) : []
        if found.isEmpty { throw EngineError(.system, "\(failure): not a device node") }
        return found
    }

    /// The number of the block device at `path`, for its limits.
    static func number(_ path: String) throws -> (major: Int64, minor: Int64) {
        do throws(SystemError) {
            if let node = try DeviceNode(at: path) { return (node.major, node.minor) }
        } catch {
            throw EngineError(.system, "stat \(path): \(error.code.reason)", cause: error)
        }
        throw EngineError(.system, "stat \(path): not a device node")
    }

    /// Reads a rule such as `c 42:* rmw`.
    static func rule(_ text: String) throws -> RuntimeSpec.DeviceRule {
        let words = text.split(separator: " ")
        let failure = EngineError(.invalidParameter, "invalid device cgroup rule format: '\(text)'")
        guard words.count == 3, ["a", "b", "c"].contains(words[0]),
            words[2].allSatisfy({ "rwm".contains($0) })
        else { throw failure }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2 else { throw failure }
        func number(_ word: Substring) throws -> Int64? {
            if word == "*" { return nil }
            guard let value = Int64(word), value >= 0 else { throw failure }
            return value
        }
        return .init(
            allow: true, type: String(words[0]), major: try number(numbers[0]), minor: try number(numbers[1]),
            access: String(words[2]))
    }

    private static func device(_ node: DeviceNode, _ path: String) -> RuntimeSpec.Device {
        .init(
            path: path, type: node.isBlock ? "b" : "c", major: node.major, minor: node.minor,
            fileMode: node.mode,
            uid: node.userID, gid: node.groupID)
    }

    private static func walk(_ path: String, _ target: String, skipping: Set<String>) -> [RuntimeSpec.Device]
    {
        var found: [RuntimeSpec.Device] = []
        for name in ((try? listDirectory(path)) ?? []).sorted() where !skipping.contains(name) {
            let entry = "\(path)/\(name)"
            if let node = try? DeviceNode(at: entry) {
                found.append(device(node, "\(target)/\(name)"))
            } else if isDirectory(entry), (try? readLink(entry)) == nil {
                found += walk(entry, "\(target)/\(name)", skipping: [])
            }
        }
        return found
    }
}
