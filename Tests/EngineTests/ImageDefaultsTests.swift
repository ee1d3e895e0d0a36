import DockerAPI
import EngineModel
import Testing

@testable import Engine

/// Compared with what dockerd 28 makes of the same image and request.
@Suite("A container's configuration over its image's")
struct ImageDefaultsTests {
    private func image() -> ImageInspectConfig {
        var image = ImageInspectConfig()
        image.user = "5"
        image.exposedPorts = ["80/tcp": EmptyObject()]
        image.env = ["A=1", "B=2"]
        image.entrypoint = ["e"]
        image.cmd = ["c"]
        image.labels = ["a": "1", "b": "2"]
        image.volumes = ["/v": EmptyObject()]
        image.workingDir = "/w"
        image.stopSignal = "SIGUSR1"
        image.shell = ["/bin/ash", "-c"]
        image.onBuild = ["RUN x"]
        var health = HealthConfig()
        health.test = ["CMD-SHELL", "true"]
        health.interval = 7_000_000_000
        health.retries = 4
        image.healthcheck = health
        return image
    }

    @Test("What is left open is the image's")
    func plain() throws {
        let merged = try ImageDefaults.merge(ContainerConfig(), image: image())
        #expect(merged.user == "5" && merged.workingDir == "/w" && merged.stopSignal == "SIGUSR1")
        #expect(merged.env == ["A=1", "B=2"])
        #expect(merged.entrypoint == ["e"] && merged.cmd == ["c"])
        #expect(merged.labels == ["a": "1", "b": "2"])
        #expect(Set(merged.exposedPorts.keys) == ["80/tcp"])
        #expect(Set((merged.volumes ?? [:]).keys) == ["/v"])
        #expect(merged.healthcheck == image().healthcheck)
        #expect(merged.shell == nil && merged.onBuild == nil, "for builds only")
    }

    @Test("What the user gave stands, and lists are joined")
    func own() throws {
        var config = ContainerConfig()
        config.user = "7"
        config.env = ["B=3", "C", "D=4"]
        config.labels = ["b": "9", "c": "3"]
        config.exposedPorts = ["81/tcp": EmptyObject()]
        config.volumes = ["/u": EmptyObject()]
        config.workingDir = "/a/../b/"
        config.stopSignal = "9"
        config.entrypoint = ["x"]
        config.shell = ["/bin/y"]
        let merged = try ImageDefaults.merge(config, image: image())
        #expect(merged.user == "7" && merged.workingDir == "/b" && merged.stopSignal == "9")
        #expect(merged.env == ["B=3", "C", "D=4", "A=1"])
        #expect(merged.labels == ["a": "1", "b": "9", "c": "3"])
        #expect(Set(merged.exposedPorts.keys) == ["80/tcp", "81/tcp"])
        #expect(Set((merged.volumes ?? [:]).keys) == ["/u", "/v"])
        #expect(merged.shell == ["/bin/y"])
    }

    /// Entrypoint and command of a request, and what becomes of them.
    struct Command: Sendable {
        var entrypoint: [String]?
        var cmd: [String]?
        var mergedEntrypoint: [String]?
        var mergedCmd: [String]?
    }

    @Test(
        "An entrypoint of the user's own drops the image's command",
        arguments: [
            Command(cmd: ["z"], mergedEntrypoint: ["e"], mergedCmd: ["z"]),
            Command(entrypoint: ["x"], mergedEntrypoint: ["x"], mergedCmd: nil),
            Command(entrypoint: ["x"], cmd: ["z"], mergedEntrypoint: ["x"], mergedCmd: ["z"]),
            Command(entrypoint: [], mergedEntrypoint: [], mergedCmd: ["c"]),
            Command(entrypoint: [""], cmd: ["z"], mergedEntrypoint: nil, mergedCmd: ["z"]),
        ])
    func commands(command: Command) throws {
        var config = ContainerConfig()
        config.entrypoint = command.entrypoint
        config.cmd = command.cmd
        let merged = try ImageDefaults.merge(config, image: image())
        #expect(merged.entrypoint == command.mergedEntrypoint)
        #expect(merged.cmd == command.mergedCmd)
    }

    @Test("Without any command there is nothing to run")
    func noCommand() {
        var reset = ContainerConfig()
        reset.entrypoint = [""]
        for (config, image) in [(ContainerConfig(), ImageInspectConfig()), (reset, image())] {
            let error = #expect(throws: EngineError.self) { try ImageDefaults.merge(config, image: image) }
            #expect(error?.message == "no command specified")
            #expect(error?.kind == .invalidParameter)
        }
    }

    @Test("Each number of a health check is inherited by itself")
    func health() throws {
        func merge(_ change: (inout HealthConfig) -> Void) throws -> HealthConfig? {
            var config = ContainerConfig()
            var health = HealthConfig()
            change(&health)
            config.healthcheck = health
            return try ImageDefaults.merge(config, image: image()).healthcheck
        }
        let own = try merge {
            $0.test = ["CMD", "false"]
            $0.timeout = 5_000_000_000
        }
        #expect(own?.test == ["CMD", "false"] && own?.timeout == 5_000_000_000)
        #expect(own?.interval == 7_000_000_000 && own?.retries == 4)
        let slower = try merge { $0.interval = 9_000_000_000 }
        #expect(slower?.test == ["CMD-SHELL", "true"] && slower?.interval == 9_000_000_000)
        #expect(try merge { $0.test = ["NONE"] }?.test == ["NONE"])
        var config = ContainerConfig()
        config.cmd = ["x"]
        #expect(try ImageDefaults.merge(config, image: ImageInspectConfig()).healthcheck == nil)
    }
}
