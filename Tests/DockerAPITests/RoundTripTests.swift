import DockerAPI
import FoundationEssentials
import OrderedJSON
import Testing

@Suite("Engine API documents")
struct RoundTripTests {
    static func roundTrip<T: Codable & Hashable>(_ type: T.Type, _ text: String) throws {
        let value = try OrderedJSONDecoder().decode(type, from: Array(text.utf8))
        #expect(try OrderedJSONEncoder(escapesHTML: false).encodeToString(value) == text)
        // Records are stored by another coder, which must lose nothing.
        let stored = try JSONDecoder().decode(type, from: try JSONEncoder().encode(value))
        #expect(stored == value)
    }

    @Test("What dockerd 28 has written reads and writes back byte for byte")
    func captured() throws {
        try Self.roundTrip(ContainerInspect.self, Captured.inspect)
        try Self.roundTrip(ContainerSummary.self, Captured.summary)
        try Self.roundTrip(EventMessage.self, Captured.event)
        try Self.roundTrip(ExecInspect.self, Captured.exec)
        try Self.roundTrip(ImageSummary.self, Captured.image)
        try Self.roundTrip(Network.self, Captured.network)
        try Self.roundTrip(Volume.self, Captured.volume)
        try Self.roundTrip(SystemVersion.self, Captured.version)
    }

    @Test("An empty object reads as the zero value by either coder")
    func zero() throws {
        let ours = try OrderedJSONDecoder().decode(ContainerCreateRequest.self, from: Array("{}".utf8))
        let theirs = try JSONDecoder().decode(ContainerCreateRequest.self, from: Data("{}".utf8))
        #expect(ours == ContainerCreateRequest())
        #expect(theirs == ContainerCreateRequest())
        let nulls =
            #"{"Hostname":null,"HostConfig":{"Binds":null,"Memory":null,"LogConfig":null},"Labels":null}"#
        #expect(try JSONDecoder().decode(ContainerCreateRequest.self, from: Data(nulls.utf8)) == ours)
    }

    @Test("A command may be one string, as old clients send it")
    func stringCommand() throws {
        let config = try OrderedJSONDecoder().decode(
            ContainerConfig.self, from: Array(#"{"Cmd":"sh","Entrypoint":["a","b"]}"#.utf8))
        #expect(config.cmd == ["sh"])
        #expect(config.entrypoint == ["a", "b"])
    }

    @Test("Empty values are left out where Docker leaves them out")
    func omission() throws {
        let text = try OrderedJSONEncoder().encodeToString(ContainerConfig())
        #expect(
            text == #"{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"#
                + #""AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"#
                + #""Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null}"#
        )
    }
}
