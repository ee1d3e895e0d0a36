import DockerAPI
import EngineModel
import Linux
import TestSupport
import Testing

@testable import Engine

/// The words are those of dockerd 28.5.
@Suite("Mounts of a start")
struct MountChecksTests {
    private static let table = MountTable(
        mountinfo: """
            20 1 8:1 / / rw,relatime - ext4 /dev/sda rw
            21 20 8:2 / /shared rw shared:1 - ext4 /dev/sdb rw
            22 20 8:3 / /slave rw master:1 - ext4 /dev/sdc rw
            23 20 8:3 / /two\\040words rw shared:7 master:1 - ext4 /dev/sdc rw
            24 21 8:4 / /shared/covered rw shared:9 - ext4 /dev/sdd rw
            25 24 8:5 / /shared/covered rw - ext4 /dev/sde rw
            """)

    @Test(
        "A mount can be passed on only where the host's is",
        arguments: [
            ("/shared", "rshared", nil), ("/shared/below", "shared", nil), ("/shared", "rslave", nil),
            ("/slave/x", "slave", nil), ("/two words/x", "rshared", nil), ("/any", "rprivate", nil),
            ("/any", "", nil),
            ("/any", "rshared", "path /any is mounted on / but it is not a shared mount"),
            ("/any", "slave", "path /any is mounted on / but it is not a shared or slave mount"),
            ("/slave/x", "shared", "path /slave/x is mounted on /slave but it is not a shared mount"),
            ("/sharedness", "shared", "path /sharedness is mounted on / but it is not a shared mount"),
            (
                "/shared/covered/x", "shared",
                "path /shared/covered/x is mounted on /shared/covered but it is not a shared mount"
            ),
        ] as [(String, String, String?)])
    func propagation(source: String, propagation: String, words: String?) {
        func check() throws { try Self.table.check(source, allows: propagation) }
        guard let words else {
            #expect(throws: Never.self) { try check() }
            return
        }
        let error = #expect(throws: EngineError.self) { try check() }
        #expect(error?.message == words)
    }

    @Test("A table that is none allows everything but tells nothing")
    func strangeTable() throws {
        for text in ["", "x", "1 2 3\n\n4 5 6 7", "1 2 3 / \\9 rw shared:1 - x"] {
            try MountTable(mountinfo: text).check("/a", allows: "rshared")
        }
    }

    @Test("Options of a tmpfs", arguments: ["foo", "exec=1", "size", "=", "uid"])
    func tmpfs(option: String) throws {
        try MountChecks.prepare(
            [
                ContainerMount(
                    kind: .tmpfs, destination: "/t", options: ["size=1m", "mode=700", "uid=3", "ro", "exec"])
            ],
            table: Self.table)
        let error = #expect(throws: EngineError.self) {
            try MountChecks.prepare(
                [ContainerMount(kind: .tmpfs, destination: "/t", options: ["ro", option])], table: Self.table)
        }
        #expect(error?.message == "invalid tmpfs option \"\(option)\"")
    }

    @Test("Read-only in two ways at once")
    func conflicts() {
        func words(_ change: (inout ContainerMount) -> Void) -> String? {
            var mount = ContainerMount(kind: .bind, source: "/", destination: "/t")
            change(&mount)
            return #expect(throws: EngineError.self) { try MountChecks.prepare([mount], table: Self.table) }?
                .message
        }
        #expect(
            words { $0.readOnlyNonRecursive = true }
                == "mount options conflict: !ReadOnly && BindOptions.ReadOnlyNonRecursive")
        #expect(
            words { $0.readOnlyForceRecursive = true }
                == "mount options conflict: !ReadOnly && BindOptions.ReadOnlyForceRecursive")
        #expect(
            words {
                $0.isReadOnly = true
                $0.readOnlyNonRecursive = true
                $0.readOnlyForceRecursive = true
            } == "mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive")
    }

    @Test("A source that is made, one that is missing, and a part that leads out")
    func sources() throws {
        let scratch = try Scratch("checks")
        defer { scratch.remove() }
        var made = ContainerMount(kind: .bind, source: scratch.path + "/a/b", destination: "/t")
        let missing = #expect(throws: EngineError.self) { try MountChecks.prepare([made], table: Self.table) }
        #expect(missing?.message.hasSuffix("bind source path does not exist: \(made.source)") == true)
        made.createSource = true
        try MountChecks.prepare([made], table: Self.table)
        #expect(isDirectory(made.source))
        var part = ContainerMount(kind: .volume, volume: "v", source: scratch.path + "/a", destination: "/t")
        part.subpath = "b"
        try MountChecks.prepare([part], table: Self.table)
        // A link out of the volume ends at its root, where there is no such thing.
        try makeLink(scratch.path + "/a/out", to: "/etc")
        for subpath in ["nosuch", "out"] {
            part.subpath = subpath
            let error = #expect(throws: EngineError.self) {
                try MountChecks.prepare([part], table: Self.table)
            }
            #expect(error?.message.hasPrefix("cannot access path \(part.source)/\(subpath): lstat ") == true)
            #expect(error?.message.hasSuffix("no such file or directory") == true)
        }
    }

    @Test(
        "--volumes-from",
        arguments: [
            ("web", "web", false), ("web:ro", "web", true), ("web:rw,z", "web", false),
            ("web:", "web", false),
        ])
    func volumesFrom(text: String, container: String, isReadOnly: Bool) throws {
        let read = try VolumesFrom(text)
        #expect(read.container == container && read.isReadOnly == isReadOnly)
    }

    @Test(
        "--volumes-from that cannot be",
        arguments: [
            ("", "volumes-from specification cannot be an empty string"), ("a:foo", "invalid mode: foo"),
            ("a:ro,rw", "invalid mode: ro,rw"), ("a:nocopy", "invalid mode: nocopy"),
            ("a:rshared", "invalid mode: rshared"), (":ro", "invalid name or ID supplied: \"\""),
        ])
    func noVolumesFrom(text: String, message: String) {
        let error = #expect(throws: EngineError.self) { try VolumesFrom(text) }
        #expect(error?.message == message && error?.kind == .invalidParameter)
    }
}
