import DockerAPI
import EngineModel
import Linux
import Logging
import OCI
import StateStore
import TestSupport
import Testing
import Volumes

@testable import Engine

/// The words are those of dockerd 28.5.
@Suite("Mounts of a create")
struct MountResolverTests {
    private let scratch: Scratch
    private let volumes: VolumeStore

    init() throws {
        scratch = try Scratch("mounts")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        volumes = try VolumeStore(
            dataRoot: scratch.path, store: StateStore(path: scratch.path + "/berth.db", logger: logger),
            logger: logger)
    }

    private func resolve(_ change: (inout ContainerConfig, inout HostConfig) -> Void) throws
        -> [ContainerMount]
    {
        var config = ContainerConfig()
        var host = HostConfig()
        change(&config, &host)
        var resolver = MountResolver(volumes: volumes)
        return try resolver.resolve(config, host)
    }

    private func mount(_ type: String, _ source: String, _ target: String) -> Mount {
        var mount = Mount()
        (mount.type, mount.source, mount.target) = (type, source, target)
        return mount
    }

    @Test("Binds, named volumes and anonymous ones")
    func binds() throws {
        defer { scratch.remove() }
        let mounts = try resolve { config, host in
            host.binds = ["/a/../b:/x:ro,rslave", "data:/y", "data:/z:ro", "/w"]
            config.volumes = ["/v/": EmptyObject(), "/y": EmptyObject()]
        }
        #expect(
            mounts.map(\.destination) == ["/x", "/y", "/z", "/w", "/v"], "a bind wins over the image's volume"
        )
        #expect(mounts.map(\.kind) == [.bind, .volume, .volume, .volume, .volume])
        #expect(mounts[0].source == "/b" && mounts[0].isReadOnly && mounts[0].propagation == "rslave")
        #expect(mounts[0].createSource && mounts[0].mode == "ro,rslave")
        #expect(
            mounts[1].volume == "data" && mounts[1].source == volumes.path("data") && mounts[1].mode == "z")
        #expect(mounts[2].isReadOnly && mounts[2].mode == "ro" && !mounts[2].isAnonymous)
        #expect(mounts[3].isAnonymous && mounts[3].volume.utf8.count == 64 && mounts[3].copiesContent)
        #expect(mounts[4].isAnonymous && mounts[4].mode.isEmpty)
        #expect(volumes.list().count == 3)
    }

    @Test("--mount and --tmpfs")
    func mounts() throws {
        defer { scratch.remove() }
        let mounts = try resolve { _, host in
            var tmpfs = mount("tmpfs", "", "/t/")
            tmpfs.tmpfsOptions = TmpfsOptions()
            tmpfs.tmpfsOptions?.sizeBytes = 65536
            tmpfs.tmpfsOptions?.mode = 0o1700
            tmpfs.tmpfsOptions?.options = [["exec"]]
            var bind = mount("bind", scratch.path + "/", "/b")
            bind.readOnly = true
            bind.bindOptions = BindOptions()
            bind.bindOptions?.nonRecursive = true
            host.mounts = [bind, mount("volume", "data", "/d"), mount("volume", "", "/e"), tmpfs]
            host.tmpfs = ["/u": "size=10k,uid=5,exec"]
        }
        #expect(mounts.map(\.destination) == ["/b", "/d", "/e", "/t", "/u"])
        #expect(mounts[0].source == scratch.path && mounts[0].isReadOnly && mounts[0].nonRecursive)
        #expect(!mounts[0].createSource && mounts[0].propagation == "rprivate" && mounts[0].mode.isEmpty)
        #expect(mounts[1].volume == "data" && mounts[1].mode == "z" && !mounts[1].isAnonymous)
        #expect(mounts[2].isAnonymous && mounts[2].mode == "z")
        #expect(mounts[3].options == ["size=65536", "mode=1700", "exec"])
        #expect(mounts[4].options == ["size=10k", "uid=5", "exec"])
    }

    struct Refused: Sendable {
        var message: String
        var change: @Sendable (inout Mount) -> Void

        init(_ message: String, _ change: @escaping @Sendable (inout Mount) -> Void) {
            (self.message, self.change) = (message, change)
        }
    }

    @Test(
        "Mounts that Docker refuses",
        arguments: [
            Refused("invalid mount config for type \"\": mount type unknown") { $0.type = "" },
            Refused("invalid mount config for type \"foo\": mount type unknown") { $0.type = "foo" },
            Refused("invalid mount config for type \"bind\": field Source must not be empty") {
                $0.source = ""
            },
            Refused(
                "invalid mount config for type \"bind\": invalid mount path: 'x' mount path must be absolute"
            ) {
                $0.source = "x"
            },
            Refused("invalid mount config for type \"bind\": bind source path does not exist: /nope-h8") {
                $0.source = "/nope-h8"
            },
            Refused("invalid mount config for type \"bind\": field Target must not be empty") {
                $0.target = ""
            },
            Refused("invalid mount config for type \"bind\": invalid specification: destination can't be '/'")
            {
                $0.target = "/"
            },
            Refused(
                "invalid mount config for type \"bind\": invalid mount path: 'a' mount path must be absolute"
            ) {
                $0.target = "a"
            },
            Refused("VolumeOptions must not be specified on mount type \"bind\"") {
                $0.volumeOptions = VolumeOptions()
            },
            Refused("TmpfsOptions must not be specified on mount type \"bind\"") {
                $0.tmpfsOptions = TmpfsOptions()
            },
            Refused("invalid mount config for type \"bind\": invalid propagation mode: foo") {
                $0.bindOptions = BindOptions()
                $0.bindOptions?.propagation = "foo"
            },
            Refused("BindOptions must not be specified on mount type \"volume\"") {
                $0.type = "volume"
                $0.bindOptions = BindOptions()
            },
            Refused(
                "invalid mount config for type \"volume\": must not set ReadOnly mode when using anonymous volumes"
            ) {
                $0.type = "volume"
                $0.source = ""
                $0.readOnly = true
            },
            Refused(
                "create a: volume name is too short, names should be at least two alphanumeric characters"
            ) {
                $0.type = "volume"
                $0.source = "a"
            },
            Refused("create data: error looking up volume plugin nope: plugin \"nope\" not found") {
                $0.type = "volume"
                $0.source = "data"
                $0.volumeOptions = VolumeOptions()
                $0.volumeOptions?.driverConfig = MountDriverConfig()
                $0.volumeOptions?.driverConfig?.name = "nope"
            },
            Refused("invalid mount config for type \"tmpfs\": field Source must not be specified") {
                $0.type = "tmpfs"
            },
            Refused("invalid mount config for type \"npipe\": mount type unknown") { $0.type = "npipe" },
            Refused("invalid mount config for type \"image\": field Source must not be empty") {
                ($0.type, $0.source) = ("image", "")
            },
            Refused("No such image: nosuch") { ($0.type, $0.source) = ("image", "nosuch") },
            Refused(
                "invalid mount config for type \"image\": subpath must be a relative path within the volume"
            ) {
                ($0.type, $0.source) = ("image", "base")
                $0.imageOptions = ImageMountOptions()
                $0.imageOptions?.subpath = "../x"
            },
            Refused("ImageOptions must not be specified on mount type \"bind\"") {
                $0.imageOptions = ImageMountOptions()
            },
            Refused(
                "invalid mount config for type \"volume\": subpath must be a relative path within the volume"
            ) {
                ($0.type, $0.source) = ("volume", "data")
                $0.volumeOptions = VolumeOptions()
                $0.volumeOptions?.subpath = "/a"
            },
            Refused(
                "invalid mount config for type \"volume\": must not set Subpath when using anonymous volumes"
            ) {
                ($0.type, $0.source) = ("volume", "")
                $0.volumeOptions = VolumeOptions()
                $0.volumeOptions?.subpath = "a"
            },
            Refused("invalid mount config for type \"tmpfs\": invalid option: uid") {
                $0.type = "tmpfs"
                $0.source = ""
                $0.tmpfsOptions = TmpfsOptions()
                $0.tmpfsOptions?.options = [["uid", "5"]]
            },
        ])
    func refused(_ test: Refused) {
        defer { scratch.remove() }
        let error = #expect(throws: EngineError.self) {
            try resolve { _, host in
                var request = mount("bind", "/dev/shm", "/a")
                test.change(&request)
                host.mounts = [request]
            }
        }
        #expect(error?.message == test.message)
        #expect(volumes.list().isEmpty)
    }

    @Test("Two mounts at one place")
    func duplicates() {
        defer { scratch.remove() }
        func message(_ change: (inout HostConfig) -> Void) -> String? {
            #expect(throws: EngineError.self) { try resolve { _, host in change(&host) } }?.message
        }
        #expect(message { $0.binds = ["/a:/a", "/b:/a/"] } == "Duplicate mount point: /a")
        #expect(
            message { $0.mounts = [mount("tmpfs", "", "/a"), mount("tmpfs", "", "/a/")] }
                == "Duplicate mount point: /a/")
        #expect(
            message {
                $0.binds = ["/a:/a"]
                $0.tmpfs = ["/a": ""]
            } == "Duplicate mount point: /a")
    }

    @Test(
        "--tmpfs that cannot be",
        arguments: [
            ("rel", "", "invalid mount path: 'rel' mount path must be absolute"),
            ("/", "", "invalid specification: destination can't be '/'"),
        ])
    func tmpfs(path: String, options: String, message: String) {
        defer { scratch.remove() }
        let error = #expect(throws: EngineError.self) {
            try resolve { _, host in host.tmpfs = [path: options] }
        }
        #expect(error?.message == message)
    }

    @Test("What comes from other containers gives way to the container's own")
    func inherited() throws {
        defer { scratch.remove() }
        var config = ContainerConfig()
        config.volumes = ["/data": EmptyObject(), "/own": EmptyObject()]
        var host = HostConfig()
        host.binds = ["/a:/bound"]
        var lent = ContainerMount(kind: .volume, volume: "lent", source: "/v", destination: "/data")
        lent.isInherited = true
        let covered = ContainerMount(kind: .bind, source: "/b", destination: "/bound")
        var resolver = MountResolver(volumes: volumes)
        let mounts = try resolver.resolve(config, host, inherited: [lent, covered])
        #expect(mounts.map(\.destination) == ["/bound", "/data", "/own"])
        #expect(mounts[0].source == "/a" && mounts[1].volume == "lent" && resolver.made.count == 1)
    }

    @Test("A part of a volume or of an image, and an image's layers")
    func parts() throws {
        defer { scratch.remove() }
        let layer = try Digest(parsing: "sha256:" + String(repeating: "a", count: 64))
        var host = HostConfig()
        var part = mount("volume", "data", "/v")
        part.volumeOptions = VolumeOptions()
        part.volumeOptions?.subpath = "a/./b/"
        host.mounts = [part, mount("image", "base", "/i")]
        var resolver = MountResolver(volumes: volumes) { _ in [layer] }
        let mounts = try resolver.resolve(ContainerConfig(), host)
        #expect(mounts[0].subpath == "a/b" && !mounts[0].copiesContent)
        #expect(mounts[1].kind == .image && mounts[1].layers == [layer] && mounts[1].isReadOnly)
    }

    @Test("A create that fails tells which volumes it made")
    func made() throws {
        defer { scratch.remove() }
        _ = try volumes.create(name: "old", driver: "local", options: [:], labels: [:])
        var host = HostConfig()
        host.binds = ["old:/o", "new:/n", "/bad:relative"]
        var resolver = MountResolver(volumes: volumes)
        #expect(throws: EngineError.self) { try resolver.resolve(ContainerConfig(), host) }
        #expect(resolver.made == ["new"])
    }
}
