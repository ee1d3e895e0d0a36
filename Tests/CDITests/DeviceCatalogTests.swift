import CDI
import Linux
import OCI
import TestSupport
import Testing

/// The words are those of dockerd 28.5, but for its panic at a class of one letter.
@Suite("Device specifications")
struct DeviceCatalogTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch("cdi") }

    private func catalog(_ files: [String: String]) throws -> DeviceCatalog {
        for (name, text) in files {
            let path = "\(scratch.path)/\(name)"
            try makeDirectories(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try writeFile(path, text)
        }
        return DeviceCatalog(directories: [
            "\(scratch.path)/etc", "\(scratch.path)/run", "\(scratch.path)/none",
        ])
    }

    private static let gadget = """
        cdiVersion: "0.7.0"
        kind: acme.io/gadget
        containerEdits:
          env: [ALL=1]
        devices:
        - name: one
          containerEdits:
            env: [FOO=cdi]
            deviceNodes:
            - {path: /dev/gadget, hostPath: /dev/null, permissions: r, uid: 7}
            mounts:
            - {hostPath: /srv, containerPath: /a/b, options: [ro, rbind]}
            hooks:
            - {hookName: createContainer, path: /bin/true, args: ["true", x], timeout: 3}
            additionalGids: [77]
        - name: 2
          containerEdits:
            deviceNodes: [{path: /dev/made, type: c, major: 1, minor: 5, fileMode: 0600}]
        """

    @Test("A device changes variables, nodes with their rules, mounts, hooks and groups")
    func injection() throws {
        defer { scratch.remove() }
        let catalog = try catalog(["etc/gadget.yaml": Self.gadget, "etc/notes.txt": "{"])
        #expect(catalog.names == ["acme.io/gadget=2", "acme.io/gadget=one"])
        #expect(catalog.faults.isEmpty)
        var spec = RuntimeSpec(
            process: .init(args: ["sh"], env: ["FOO=mine", "BAR=1"]),
            root: .init(path: "rootfs", readonly: false),
            mounts: [.init(destination: "/a/b/c", type: "tmpfs", source: "tmpfs", options: [])],
            linux: RuntimeSpec.Linux())
        let groups = try catalog.inject(["acme.io/gadget=one", "acme.io/gadget=2"], into: &spec)
        #expect(groups == [77])
        #expect(spec.process?.env == ["BAR=1", "ALL=1", "FOO=cdi"])
        #expect(spec.mounts.map(\.destination) == ["/a/b", "/a/b/c"])
        #expect(spec.mounts.first?.type == "bind" && spec.mounts.first?.options == ["ro", "rbind"])
        #expect(
            spec.linux?.devices == [
                .init(path: "/dev/gadget", type: "c", major: 1, minor: 3, fileMode: 0o666, uid: 7),
                .init(path: "/dev/made", type: "c", major: 1, minor: 5, fileMode: 0o600),
            ])
        #expect(spec.linux?.resources?.devices.map(\.access) == ["r", "rwm"])
        #expect(
            spec.hooks?.createContainer == [
                .init(path: "/bin/true", args: ["true", "x"], env: [], timeout: 3)
            ])
    }

    @Test("Devices that nobody defines are named, all of them")
    func unknown() throws {
        defer { scratch.remove() }
        let catalog = try catalog(["etc/gadget.yaml": Self.gadget])
        var spec = RuntimeSpec(
            process: nil, root: .init(path: "rootfs", readonly: false), mounts: [], linux: RuntimeSpec.Linux()
        )
        let error = #expect(throws: CDIError.self) {
            try catalog.inject(["acme.io/gadget=x", "acme.io/gadget=one", "nonsense"], into: &spec)
        }
        #expect(error?.description == "unresolvable CDI devices acme.io/gadget=x, nonsense")
    }

    @Test(
        "A device that the host has not got is an error with its path",
        arguments: [("/dev/nothing-there", "no such file or directory"), ("/etc", "not a device node")])
    func missing(path: String, reason: String) throws {
        defer { scratch.remove() }
        let catalog = try catalog([
            "etc/a.json": """
            {"cdiVersion": "0.5.0", "kind": "acme.io/gadget", "devices": [{"name": "x",
             "containerEdits": {"deviceNodes": [{"path": "/dev/x", "hostPath": "\(path)"}]}}]}
            """
        ])
        var spec = RuntimeSpec(
            process: nil, root: .init(path: "rootfs", readonly: false), mounts: [], linux: RuntimeSpec.Linux()
        )
        let error = #expect(throws: CDIError.self) { try catalog.inject(["acme.io/gadget=x"], into: &spec) }
        #expect(
            error?.description
                == "failed to inject devices: failed to stat CDI host device \"\(path)\": \(reason)")
    }

    private static func spec(_ version: String, _ edits: String) -> String {
        "cdiVersion: \(version)\nkind: acme.io/gadget\ndevices: [{name: x, containerEdits: {\(edits)}}]"
    }

    private static let unusable: [(String, String)] = [
        ("cdiVersion: 0.7.0\nkind: nokind\ndevices: []", "invalid CDI Spec: invalid vendor. empty name"),
        ("cdiVersion: 0.7.0\nkind: acme.io/gadget", "invalid CDI Spec: invalid spec, no devices"),
        (
            "cdiVersion: 0.7.0\nkind: acme.io/gadget\ndevices: [{name: x}]",
            "invalid CDI Spec: failed add device \"x\": invalid device, empty device edits"
        ),
        (spec("1.9.0", "env: [A=1]"), "invalid CDI Spec: invalid version \"1.9.0\""),
        (
            spec("0.6.0", "additionalGids: [1]"),
            "invalid CDI Spec: the spec version must be at least v0.7.0"
        ),
        (
            spec("0.7.0", "env: [ABC]"),
            "invalid CDI Spec: failed add device \"x\": invalid device \"x\": invalid container edits: "
                + "invalid environment variable \"ABC\""
        ),
        (
            spec("0.7.0", "hooks: [{hookName: later, path: /bin/true}]"),
            "invalid CDI Spec: failed add device \"x\": invalid device \"x\": invalid container edits: "
                + "invalid hook name \"later\""
        ),
        (
            spec("0.7.0", "nope: 1"),
            "failed to parse CDI Spec \"PATH\": failed to unmarshal CDI Spec: error unmarshaling JSON: "
                + "while decoding JSON: json: unknown field \"nope\""
        ),
        (
            "{\"cdiVersion\":\"0.7.0\",\"kind\":\"a/b\" \"devices\"}",
            "failed to parse CDI Spec \"PATH\": failed to unmarshal CDI Spec: error converting YAML to JSON: "
                + "yaml: line 1: did not find expected ',' or '}'"
        ),
        (spec("0.7.0", "mounts: 3"), "mounts: a list is expected"),
        (
            spec("0.7.0", "deviceNodes: [{path: /dev/x, major: -1}]"),
            "major: a number from 0 to 4095 is expected"
        ),
    ]

    @Test("A file that cannot be used says why, and costs nobody else a device", arguments: unusable)
    func faults(text: String, words: String) throws {
        defer { scratch.remove() }
        let catalog = try catalog(["etc/bad.yaml": text, "etc/good.yaml": Self.gadget])
        let path = "\(scratch.path)/etc/bad.yaml"
        #expect(catalog.names == ["acme.io/gadget=2", "acme.io/gadget=one"])
        #expect(Array(catalog.faults.keys) == [path])
        let fault = (catalog.faults[path] ?? "").replacing(path, with: "PATH")
        #expect(fault.hasPrefix("failed to load CDI Spec ") && fault.hasSuffix(words), "\(fault)")
    }

    @Test("Vendors and classes of one letter are names like others")
    func shortNames() throws {
        defer { scratch.remove() }
        let catalog = try catalog([
            "etc/a.yaml": "cdiVersion: 0.6.0\nkind: a/b\ndevices: [{name: c, containerEdits: {env: [A=1]}}]"
        ])
        #expect(catalog.names == ["a/b=c"] && catalog.faults.isEmpty)
    }

    @Test("Two files of one directory with one device make it unusable; a later directory has the last word")
    func conflicts() throws {
        defer { scratch.remove() }
        func text(_ value: Int) -> String {
            "cdiVersion: 0.6.0\nkind: acme.io/gadget\ndevices: [{name: x, containerEdits: {env: [A=\(value)]}}]"
        }
        let (first, second) = ("\(scratch.path)/etc/1.yaml", "\(scratch.path)/etc/2.yaml")
        let torn = try catalog(["etc/1.yaml": text(1), "etc/2.yaml": text(2)])
        let words = "conflicting device \"acme.io/gadget=x\" (specs \"\(second)\", \"\(first)\")"
        #expect(torn.names.isEmpty)
        #expect(torn.faults == [first: words, second: words])
        let settled = try catalog(["run/3.yaml": text(3)])
        #expect(settled.names == ["acme.io/gadget=x"])
        var spec = RuntimeSpec(
            process: .init(args: [], env: []), root: .init(path: "rootfs", readonly: false), mounts: [],
            linux: RuntimeSpec.Linux())
        _ = try settled.inject(["acme.io/gadget=x"], into: &spec)
        #expect(spec.process?.env == ["A=3"])
    }
}
