import DockerAPI
import OCI
import Testing

@testable import Engine

@Suite("The config of a committed image")
struct CommitConfigTests {
    private var container: ContainerConfig {
        var config = ContainerConfig()
        config.cmd = ["run"]
        config.env = ["A=1", "B=2"]
        config.labels = ["own": "1"]
        config.user = "app"
        config.exposedPorts = ["80/tcp": EmptyObject()]
        return config
    }

    @Test("Is the container's own without anything else")
    func plain() throws {
        let config = try CommitConfig.resolve(nil, changes: [], container: container)
        #expect(config.cmd == ["run"] && config.env == ["A=1", "B=2"] && config.user == "app")
        #expect(config.labels == ["own": "1"] && config.exposedPorts?.keys.sorted() == ["80/tcp"])
        #expect(config.workingDir == nil && config.volumes == nil)
    }

    @Test("Takes changes on top of the container's")
    func changes() throws {
        let config = try CommitConfig.resolve(
            nil, changes: ["ENV B=3 C=4", "LABEL x=y", "EXPOSE 53/udp", "WORKDIR /w"], container: container)
        #expect(config.env == ["A=1", "B=3", "C=4"] || config.env?.sorted() == ["A=1", "B=3", "C=4"])
        #expect(config.labels == ["own": "1", "x": "y"])
        #expect(config.exposedPorts?.keys.sorted() == ["53/udp", "80/tcp"])
        #expect(config.workingDir == "/w" && config.cmd == ["run"])
    }

    @Test("Drops the command with the entry point that it was for")
    func entrypoint() throws {
        let entry = try CommitConfig.resolve(nil, changes: ["ENTRYPOINT [\"e\"]"], container: container)
        #expect(entry.entrypoint == ["e"] && entry.cmd == nil)
        let both = try CommitConfig.resolve(
            nil, changes: ["CMD [\"c\"]", "ENTRYPOINT [\"e\"]"], container: container)
        #expect(both.entrypoint == ["e"] && both.cmd == ["c"])
    }

    @Test("Fills the caller's settings up with the container's")
    func body() throws {
        var own = ContainerConfig()
        own.cmd = ["mine"]
        own.env = ["B=9"]
        own.labels = ["k": "v"]
        let config = try CommitConfig.resolve(own, changes: [], container: container)
        #expect(config.cmd == ["mine"] && config.env == ["B=9", "A=1"])
        #expect(config.labels == ["k": "v", "own": "1"] && config.user == "app")
    }

    @Test("Refuses what is no change")
    func refused() {
        #expect(throws: (any Error).self) {
            try CommitConfig.resolve(nil, changes: ["FOO bar"], container: container)
        }
    }
}
