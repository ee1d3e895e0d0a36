import EngineModel
import Linux
import Logging
import StateStore
import TestSupport
import Testing
import Volumes

/// A data root of its own, with the daemon's store.
private struct Root {
    let scratch: Scratch

    init() throws { scratch = try Scratch("volumes") }

    var volumes: String { scratch.path + "/volumes" }

    func open() throws -> VolumeStore {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try StateStore(path: scratch.path + "/berth.db", logger: logger)
        return try VolumeStore(dataRoot: scratch.path, store: store, logger: logger)
    }

    func names() throws -> [String] { try listDirectory(volumes).sorted() }
}

@Suite("Volumes on disk")
struct VolumeStoreTests {
    private let root: Root

    init() throws { root = try Root() }

    private func make(_ volumes: VolumeStore, _ name: String?, labels: [String: String] = [:]) throws
        -> VolumeRecord
    {
        try volumes.create(name: name, driver: "local", options: [:], labels: labels).volume
    }

    @Test("A volume is a directory and a record, and outlives the daemon with its content")
    func survives() throws {
        defer { root.scratch.remove() }
        let made: VolumeRecord
        do {
            let volumes = try root.open()
            made = try make(volumes, "data", labels: ["a": "b"])
            try writeFile(volumes.path("data") + "/file", "kept")
        }
        let volumes = try root.open()
        #expect(try volumes.get("data") == made)
        #expect(made.labels == ["a": "b"] && !made.isAnonymous)
        #expect(try readText(volumes.path("data") + "/file") == "kept")
    }

    @Test("A second create of a name returns the first volume as it is")
    func again() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        let first = try make(volumes, "data", labels: ["a": "b"])
        let (second, isNew) = try volumes.create(name: "data", driver: "", options: [:], labels: ["c": "d"])
        #expect(!isNew && second == first)
        #expect(volumes.list() == [first])
    }

    @Test("Of many creates with one name, one makes it", .timeLimit(.minutes(1)))
    func concurrent() async throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        let new = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try volumes.create(name: "data", driver: "", options: [:], labels: [:]).isNew
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(new == 1)
    }

    @Test("A volume without a name gets a long one and Docker's label")
    func anonymous() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        for name in [nil, ""] as [String?] {
            let volume = try make(volumes, name)
            #expect(volume.name.utf8.count == 64 && volume.isAnonymous)
            #expect(volume.labels == ["com.docker.volume.anonymous": ""])
        }
        #expect(volumes.list().count == 2)
    }

    @Test("Removing takes the content along, and the name is free again")
    func remove() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        _ = try make(volumes, "data")
        try makeDirectories(volumes.path("data") + "/deep/er")
        try writeFile(volumes.path("data") + "/deep/er/file", "x")
        try volumes.remove("data")
        #expect(try root.names().isEmpty)
        #expect(throws: EngineError.self) { try volumes.get("data") }
        _ = try make(volumes, "data")
        #expect(try listDirectory(volumes.path("data")).isEmpty)
    }

    @Test("What a crash left half-made or half-removed is put right")
    func crash() throws {
        defer { root.scratch.remove() }
        do {
            let volumes = try root.open()
            for name in ["kept", "removing", "again", "lost"] { _ = try make(volumes, name) }
            try writeFile(volumes.path("kept") + "/file", "x")
            // Between the rename and the record.
            try renameFile(root.volumes + "/removing", to: root.volumes + "/.removing-removing")
            // Content of an earlier volume of that name, which could not be deleted.
            try makeDirectories(root.volumes + "/.removing-again/_data")
            // A create that came as far as the directory.
            try makeDirectories(root.volumes + "/half/_data")
            try removeTree(root.volumes + "/lost")
        }
        let names = ["again", "half", "kept", "lost"]
        let found: [VolumeRecord]
        do {
            let volumes = try root.open()
            found = volumes.list()
            #expect(found.map(\.name) == names)
            #expect(try root.names() == names)
            #expect(try readText(volumes.path("kept") + "/file") == "x")
            #expect(fileExists(volumes.path("lost")))
        }
        #expect(try root.open().list() == found)
    }

    @Test(
        "What cannot be a volume, in dockerd 28's words",
        arguments: [
            (
                "a", "local", EngineError.Kind.invalidParameter,
                "create a: volume name is too short, names should be at least two alphanumeric characters"
            ),
            (
                "-a", "", .invalidParameter,
                "create -a: \"-a\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                    + "use absolute path"
            ),
            (
                "../../etc", "", .invalidParameter,
                "create ../../etc: \"../../etc\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                    + "use absolute path"
            ),
            (
                "data", "nope", .notFound,
                "create data: error looking up volume plugin nope: plugin \"nope\" not found"
            ),
        ])
    func refused(name: String, driver: String, kind: EngineError.Kind, message: String) throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        let error = #expect(throws: EngineError.self) {
            try volumes.create(name: name, driver: driver, options: [:], labels: [:])
        }
        #expect(error?.kind == kind)
        #expect(error?.message == message)
        #expect(try root.names().isEmpty, "nothing is left behind")
    }

    @Test("Options that make no sense are refused, not ignored, and nothing is left behind")
    func options() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        let error = #expect(throws: EngineError.self) {
            try volumes.create(name: "data", driver: "local", options: ["type": "nfs"], labels: [:])
        }
        #expect(error?.kind == .invalidParameter)
        #expect(error?.message == "create data: missing required option: \"device\"")
        #expect(try root.names().isEmpty)
    }

    @Test("Missing volumes, in Docker's words")
    func missing() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        for call in [{ try volumes.remove("nope") }, { _ = try volumes.get("nope") }] as [() throws -> Void] {
            let error = #expect(throws: EngineError.self, performing: call)
            #expect(error?.kind == .notFound)
            #expect(error?.message == "get nope: no such volume")
        }
    }

    @Test("A directory that cannot be made leaves no volume")
    func noRoom() throws {
        defer { root.scratch.remove() }
        let volumes = try root.open()
        try writeFile(root.volumes + "/data", "a file in the way")
        #expect(throws: (any Error).self) { try make(volumes, "data") }
        #expect(volumes.list().isEmpty)
    }
}
