import EngineModel
import Linux
import Testing

@testable import Networking

@Suite("Decisions of the network")
struct DecisionTests {
    @Test("The first subnet that overlaps nothing is chosen")
    func subnets() throws {
        func taken(_ texts: String...) throws -> [IPv4Subnet] {
            try texts.map { try required(IPv4Subnet($0)) }
        }
        func choice(_ taken: [IPv4Subnet]) -> String? {
            SubnetPool.firstFree(in: SubnetPool.standard, taken: taken)?.description
        }
        #expect(choice([]) == "172.18.0.0/16")
        #expect(choice(try taken("172.18.4.0/24", "172.19.0.1/32")) == "172.20.0.0/16")
        #expect(choice(try taken("172.16.0.0/12")) == "192.168.0.0/20")
        #expect(choice(try taken("172.16.0.0/12", "192.168.1.0/24")) == "192.168.16.0/20")
        #expect(
            choice(try taken("172.18.0.0/15", "172.20.0.0/14", "172.24.0.0/13", "192.168.0.0/16"))
                == "172.17.0.0/16")
        #expect(choice(try taken("0.0.0.0/0")) == nil)
    }

    @Test("An address that was released is the last to be given again")
    func addresses() throws {
        let subnet = try required(IPv4Subnet("10.0.0.0/29"))
        var pool = AddressPool(subnet: subnet, gateway: subnet.base + 1)
        let first = try required(pool.take())
        #expect(IPAddress(v4: first).description == "10.0.0.2")
        pool.release(first)
        let next = (0..<5).map { _ in pool.take().map { $0 - subnet.base } }
        #expect(next == [3, 4, 5, 6, 2])
        let (none, broadcast, outside) = (pool.take(), pool.take(subnet.base + 7), pool.take(subnet.base + 9))
        #expect(none == nil && !broadcast && !outside)
    }

    @Test(
        "Port requests of the API",
        arguments: [
            ("80/tcp", "", "8080", "tcp 80 all 8080...8080"), ("80", "127.0.0.1", "", "tcp 80 127.0.0.1 any"),
            ("53/udp", "::1", "1000-1010", "udp 53 ::1 1000...1010"),
            ("80/TCP", "0.0.0.0", "0", "tcp 80 0.0.0.0 any"),
            ("80/foo", "", "", "invalid port specification: \"80/foo\""),
            ("0/tcp", "", "", "invalid port specification: \"0/tcp\""),
            ("80/tcp", "example", "", "invalid IP address \"example\" in port mapping"),
            ("80/tcp", "", "9-8", "invalid port specification: \"9-8\""),
            ("80/tcp", "", "65536", "invalid port specification: \"65536\""),
        ])
    func requests(container: String, address: String, port: String, outcome: String) {
        let found: String
        do {
            let request = try PortRequest(container: container, hostIP: address, hostPort: port)
            found =
                "\(request.transport) \(request.containerPort) \(request.hostAddress.map(\.description) ?? "all") "
                + (request.hostPorts.map { "\($0)" } ?? "any")
        } catch { found = "\(error)" }
        #expect(found == outcome)
    }

    @Test(
        "IP addresses are read strictly",
        arguments: [
            ("1.2.3.4", "1.2.3.4"), ("01.2.3.4", nil), ("1.2.3", nil), ("1.2.3.256", nil), ("1.2.3.4 ", nil),
            ("", nil),
            ("::1", "::1"), ("FE80::1", "fe80::1"), ("fe80::1%eth0", nil),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), (":", nil),
        ] as [(String, String?)])
    func ipAddresses(text: String, printed: String?) {
        #expect(IPAddress(text)?.description == printed)
    }

    @Test("resolv.conf as Docker writes it")
    func resolvConf() {
        let host = ResolvConf(
            host: "# c\nnameserver 127.0.0.1\nnameserver 9.9.9.9\nsearch a b\noptions ndots:2\n")
        let plain = host.render(view: .ownNamespace)
        #expect(plain.contains("\nnameserver 9.9.9.9\nsearch a b\noptions ndots:2\n\n# Based on host file"))
        #expect(plain.hasSuffix("(legacy)\n# Overrides: []\n# Option ndots from: host\n"))
        #expect(host.render(view: .host).contains("nameserver 127.0.0.1\nnameserver 9.9.9.9\n"))
        let own = host.render(view: .ownNamespace, dns: ["1.1.1.1"], search: ["."], options: ["rotate"])
        #expect(own.contains("\nnameserver 1.1.1.1\noptions rotate\n"))
        #expect(own.hasSuffix("# Overrides: [nameservers search options]\n"))
        let bare = ResolvConf(host: "nameserver 127.0.0.53\nnameserver ::1\n").render(view: .ownNamespace)
        #expect(bare.contains("\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n"))
    }

    @Test("hosts as Docker writes it")
    func hosts() throws {
        let gateway = try #require(IPAddress("172.18.0.1"))
        let extra = try ["foo:1.2.3.4", "gw:host-gateway", "six=[::2]"].map {
            try HostsFile.parse(addHost: $0, gateway: gateway)
        }
        let own = HostsFile.ownEntry(
            try #require(IPAddress("172.18.0.4")), hostname: "hh", domainname: "dd.com")
        #expect(
            HostsFile.render(extra: extra, own: own) == """
                127.0.0.1\tlocalhost
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::\tip6-localnet
                ff00::\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters
                1.2.3.4\tfoo
                172.18.0.1\tgw
                ::2\tsix
                172.18.0.4\thh.dd.com hh

                """)
        #expect(
            HostsFile.render(extra: extra, ipv6: false)
                == "127.0.0.1\tlocalhost\n1.2.3.4\tfoo\n172.18.0.1\tgw\n")
        #expect(throws: EngineError.self) { try HostsFile.parse(addHost: "zz", gateway: nil) }
        #expect(throws: EngineError.self) { try HostsFile.parse(addHost: "a:b", gateway: nil) }
    }

    @Test("Hardware addresses")
    func hardware() {
        #expect(HardwareAddress.parse("02:42:ac:11:00:99") == [2, 0x42, 0xac, 0x11, 0, 0x99])
        for bad in ["zz", "02:42:ac:11:00", "02:42:ac:11:00:9", "02:42:ac:11:00:999", "+2:42:ac:11:00:99"] {
            #expect(HardwareAddress.parse(bad) == nil, "\(bad)")
        }
        let random = HardwareAddress.random()
        #expect(random.count == 6 && random[0] & 3 == 2)
    }
}

@Suite("A container's own line in its hosts file")
struct OwnHostsEntryTests {
    @Test(
        "Whole names first, as dockerd 28 writes them",
        arguments: [
            ("web", "", ["web"]), ("web", "example.org", ["web.example.org", "web"]),
            ("web.example", "", ["web.example", "web"]),
            (".odd", "", [".odd"]),
        ])
    func names(host: String, domain: String, names: [String]) throws {
        let address = try #require(IPAddress("172.18.0.2"))
        #expect(HostsFile.ownEntry(address, hostname: host, domainname: domain).names == names)
    }
}
