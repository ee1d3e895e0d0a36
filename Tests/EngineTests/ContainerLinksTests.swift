import EngineModel
import Linux
import Networking
import TestSupport
import Testing

@testable import Engine

/// The lines are those that dockerd 28.5 made of the same containers.
@Suite("Links of the older kind")
struct ContainerLinksTests {
    private func linked(
        _ alias: String, _ ports: [String] = [], _ variables: [String] = [], hostname: String = "be7da85b285c"
    ) throws -> LinkedContainer {
        LinkedContainer(
            alias: alias, linker: "self", name: "target", hostname: hostname,
            address: try #require(IPAddress("172.17.0.2")), ports: ports, variables: variables)
    }

    @Test("tell a container of ports, rows of ports, the name and the environment")
    func environment() throws {
        let link = try linked(
            "v-1", ["9001/udp", "9000/udp", "10/udp", "9001/tcp"],
            ["FOO=a=b", "HOME=/x", "PATH=/bin", "bare"])
        func port(_ number: String, _ transport: String) -> [String] {
            let key = "V_1_PORT_\(number)_\(transport.uppercased())"
            return [
                "\(key)=\(transport)://172.17.0.2:\(number)", "\(key)_ADDR=172.17.0.2",
                "\(key)_PORT=\(number)",
                "\(key)_PROTO=\(transport)",
            ]
        }
        let row = [
            "V_1_PORT_9000_UDP_START=udp://172.17.0.2:9000", "V_1_PORT_9000_UDP_PORT_START=9000",
            "V_1_PORT_9000_UDP_END=udp://172.17.0.2:9001", "V_1_PORT_9000_UDP_PORT_END=9001",
        ]
        let wanted =
            ["V_1_PORT=tcp://172.17.0.2:9001"] + port("9001", "tcp") + port("10", "udp") + port("9000", "udp")
            + port("9001", "udp") + row + ["V_1_NAME=/self/v-1", "V_1_ENV_FOO=a=b"]
        #expect(link.environment == wanted)
        #expect(try linked("db").environment == ["DB_NAME=/self/db"])
        #expect(try linked("my-db.x", ["80"]).environment.first == "MY_DB.X_PORT=tcp://172.17.0.2:80")
    }

    @Test("stand in the hosts file by alias, host name and name, and move with the target")
    func hosts() throws {
        #expect(try linked("db").hostsEntry.names == ["db", "be7da85b285c", "target"])
        #expect(
            try linked("target", hostname: "hu.example.org").hostsEntry.names == ["target", "hu.example.org"])
        #expect(try linked("db", hostname: "x\n6.6.6.6 bank").hostsEntry.names == ["db", "target"])
        let other = HostsFile.Entry(try #require(IPAddress("172.17.0.3")), ["db2", "db"])
        let text = HostsFile.render(extra: [try linked("db").hostsEntry, other])
        let moved = HostsFile.moving("db", to: try #require(IPAddress("172.17.0.9")), in: text)
        #expect(moved.hasSuffix("\n172.17.0.9\tdb be7da85b285c target\n172.17.0.3\tdb2 db\n"))
        #expect(moved.hasPrefix("127.0.0.1\tlocalhost\n"))
        #expect(HostsFile.moving("nobody", to: other.address, in: text) == text)
    }

    @Test(
        "are read as docker reads them",
        arguments: [
            ("db", "db", "db"), ("db:x", "db", "x"), ("/db:/self/x", "db", "x"), ("/db", "db", "db"),
        ])
    func parse(_ text: String, _ name: String, _ alias: String) throws {
        let found = try ContainerLink.parse(text)
        #expect(found.name == name && found.alias == alias)
    }

    @Test(
        "are refused where they are none, or would write more than a name",
        arguments: ["a:b:c", "a:", ":b", "a:b c", "a:b\n1.2.3.4\tbank", "a:b\tc", "a:../b", "a:b=c", "a:b#c"])
    func refused(_ text: String) {
        let error = #expect(throws: EngineError.self) { try ContainerLink.parse(text) }
        #expect(error?.message == "bad format for links: \(text)")
    }
}
