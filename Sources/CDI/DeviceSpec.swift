internal import OCI
internal import OrderedJSON
internal import YAML

/// One specification file: a kind of devices, each with its edits, and edits that go with any of them.
///
/// See https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md.
public struct DeviceSpec: Sendable, Hashable {
    public let kind: String
    public let devices: [String: ContainerEdits]
    public let edits: ContainerEdits

    /// Reads and checks the text of the file at `path`; JSON is YAML, too.
    init(_ text: [UInt8], path: String) throws(CDIError) {
        let document: JSONValue
        do { document = try YAMLDocument.parse(text) } catch {
            throw CDIError(
                "failed to parse CDI Spec \"\(path)\": failed to unmarshal CDI Spec: error converting YAML to JSON: \(error)"
            )
        }
        var reader = SpecReader()
        let content:
            (version: String, kind: String, devices: [(String, ContainerEdits)], edits: ContainerEdits)
        do { content = try reader.spec(document) } catch {
            throw CDIError("failed to parse CDI Spec \"\(path)\": failed to unmarshal CDI Spec: \(error)")
        }
        if let fault = Self.fault(content, minimum: reader.minimumVersion) {
            throw CDIError("invalid CDI Spec: \(fault)")
        }
        kind = content.kind
        devices = Dictionary(content.devices, uniquingKeysWith: { first, _ in first })
        edits = content.edits
    }

    private static func fault(
        _ spec: (version: String, kind: String, devices: [(String, ContainerEdits)], edits: ContainerEdits),
        minimum: Int
    ) -> String? {
        guard let version = SpecReader.versions.firstIndex(of: spec.version) else {
            return "invalid version \"\(spec.version)\""
        }
        if version < minimum { return "the spec version must be at least v\(SpecReader.versions[minimum])" }
        if let fault = QualifiedDeviceName.fault(ofKind: spec.kind) { return fault }
        if let fault = spec.edits.fault { return "invalid container edits: \(fault)" }
        var seen: Set<String> = []
        for (name, edits) in spec.devices {
            func failed(_ reason: String) -> String { "failed add device \"\(name)\": \(reason)" }
            if let fault = QualifiedDeviceName.fault(ofDevice: name) { return failed(fault) }
            if edits.isEmpty { return failed("invalid device, empty device edits") }
            if let fault = edits.fault {
                return failed("invalid device \"\(name)\": invalid container edits: \(fault)")
            }
            if !seen.insert(name).inserted {
                return "invalid spec, multiple device \"\(name)\""
            }
        }
        return spec.devices.isEmpty ? "invalid spec, no devices" : nil
    }
}

/// Reads a document member by member; one that it does not know, or of another type, is an error.
struct SpecReader {
    /// Known versions of the specification, oldest first.
    static let versions = ["0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0"]

    /// The oldest version, as an index of ``versions``, that has all that was read.
    private(set) var minimumVersion = 0

    private mutating func needs(_ version: String) {
        minimumVersion = max(minimumVersion, Self.versions.firstIndex(of: version) ?? 0)
    }

    mutating func spec(
        _ value: JSONValue
    ) throws(CDIError) -> (
        version: String, kind: String, devices: [(String, ContainerEdits)], edits: ContainerEdits
    ) {
        let members = try object(
            value, "the document", ["cdiVersion", "kind", "annotations", "devices", "containerEdits"])
        let kind = try text(members["kind"], "kind")
        // A class may hold dots since then.
        if kind.split(separator: "/", maxSplits: 1).last?.contains(".") == true, kind.contains("/") {
            needs("0.6.0")
        }
        if members["annotations"] != nil { needs("0.6.0") }
        var devices: [(String, ContainerEdits)] = []
        for value in try list(members["devices"], "devices") {
            let device = try object(value, "a device", ["name", "annotations", "containerEdits"])
            if device["annotations"] != nil { needs("0.6.0") }
            let name = try text(device["name"], "name")
            if name.first?.isNumber == true { needs("0.5.0") }
            devices.append((name, try edits(device["containerEdits"])))
        }
        return (
            try text(members["cdiVersion"], "cdiVersion"), kind, devices, try edits(members["containerEdits"])
        )
    }

    private mutating func edits(_ value: JSONValue?) throws(CDIError) -> ContainerEdits {
        let members = try object(
            value, "containerEdits", ["env", "deviceNodes", "hooks", "mounts", "intelRdt", "additionalGids"])
        var edits = ContainerEdits()
        edits.environment = try texts(members["env"], "env")
        for value in try list(members["deviceNodes"], "deviceNodes") {
            edits.deviceNodes.append(try node(value))
        }
        for value in try list(members["mounts"], "mounts") { edits.mounts.append(try mount(value)) }
        for value in try list(members["hooks"], "hooks") { edits.hooks.append(try hook(value)) }
        if let value = members["intelRdt"], !value.isNull {
            needs("0.7.0")
            edits.hasResourceDirector = true
        }
        for value in try list(members["additionalGids"], "additionalGids") {
            needs("0.7.0")
            let group = try number(value, "additionalGids", in: 0...Int(UInt32.max)) ?? 0
            if group != 0 { edits.additionalGroups.append(UInt32(group)) }
        }
        return edits
    }

    private mutating func node(_ value: JSONValue) throws(CDIError) -> ContainerEdits.DeviceNode {
        let members = try object(
            value, "deviceNodes",
            ["path", "hostPath", "type", "major", "minor", "fileMode", "permissions", "uid", "gid"])
        var node = ContainerEdits.DeviceNode()
        node.path = try text(members["path"], "path")
        node.hostPath = try text(members["hostPath"], "hostPath")
        if !node.hostPath.isEmpty { needs("0.5.0") }
        node.type = try text(members["type"], "type")
        node.major = try number(members["major"], "major", in: 0...0xfff).map(Int64.init)
        node.minor = try number(members["minor"], "minor", in: 0...0xf_ffff).map(Int64.init)
        node.fileMode = try number(members["fileMode"], "fileMode", in: 0...0o7777).map { UInt32($0) }
        node.permissions = try text(members["permissions"], "permissions")
        node.userID = try number(members["uid"], "uid", in: 0...Int(UInt32.max)).map { UInt32($0) }
        node.groupID = try number(members["gid"], "gid", in: 0...Int(UInt32.max)).map { UInt32($0) }
        return node
    }

    private mutating func mount(_ value: JSONValue) throws(CDIError) -> ContainerEdits.Mount {
        let members = try object(value, "mounts", ["hostPath", "containerPath", "options", "type"])
        var mount = ContainerEdits.Mount()
        mount.hostPath = try text(members["hostPath"], "hostPath")
        mount.containerPath = try text(members["containerPath"], "containerPath")
        mount.options = try texts(members["options"], "options")
        mount.type = try text(members["type"], "type")
        if !mount.type.isEmpty { needs("0.4.0") }
        return mount
    }

    private func hook(_ value: JSONValue) throws(CDIError) -> ContainerEdits.Hook {
        let members = try object(value, "hooks", ["hookName", "path", "args", "env", "timeout"])
        var hook = ContainerEdits.Hook()
        hook.name = try text(members["hookName"], "hookName")
        hook.path = try text(members["path"], "path")
        hook.arguments = try texts(members["args"], "args")
        hook.environment = try texts(members["env"], "env")
        hook.timeoutSeconds = try number(members["timeout"], "timeout", in: 0...Int(Int32.max))
        return hook
    }

    // MARK: Types

    private func object(
        _ value: JSONValue?, _ what: String, _ known: Set<String>
    ) throws(CDIError) -> [String: JSONValue] {
        guard let value, !value.isNull else { return [:] }
        guard let object = value.objectValue else {
            throw CDIError("\(what): a mapping is expected")
        }
        for key in object.keys where !known.contains(key) {
            throw CDIError(
                "error unmarshaling JSON: while decoding JSON: json: unknown field \"\(key)\"")
        }
        return Dictionary(object.members.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    private func list(_ value: JSONValue?, _ what: String) throws(CDIError) -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard let list = value.arrayValue else { throw CDIError("\(what): a list is expected") }
        return list
    }

    /// Plain numbers and truths are taken as they are written.
    private func text(_ value: JSONValue?, _ what: String) throws(CDIError) -> String {
        switch value {
        case nil, .null: return ""
        case .string(let text), .number(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .array, .object: throw CDIError("\(what): a string is expected")
        }
    }

    private func texts(_ value: JSONValue?, _ what: String) throws(CDIError) -> [String] {
        var found: [String] = []
        for element in try list(value, what) { found.append(try text(element, what)) }
        return found
    }

    private func number(
        _ value: JSONValue?, _ what: String, in range: ClosedRange<Int>
    ) throws(CDIError) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.intValue, range.contains(number) else {
            throw CDIError(
                "\(what): a number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return number
    }
}
