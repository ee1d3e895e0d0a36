import Linux
import Testing

@testable import Netlink

@Suite("Netlink messages, byte for byte")
struct NetlinkBytesTests {
    @Test("Attributes are padded and count their own header")
    func attributes() {
        var message = NetlinkBytes()
        message.attribute(3, "lo")
        message.attribute(4, UInt32(1400))
        message.attribute(5, bigEndian: UInt16(80))
        message.nested(18) { $0.attribute(1, Array("veth".utf8)) }
        #expect(
            message.bytes == [
                7, 0, 3, 0, 108, 111, 0, 0, 8, 0, 4, 0, 0x78, 5, 0, 0, 6, 0, 5, 0, 0, 80, 0, 0,
                12, 0, 18, 0x80, 8, 0, 1, 0, 118, 101, 116, 104,
            ])
        let read = NetlinkAttributes(message.bytes[...])
        #expect(read.text(3) == "lo")
        #expect(read.number(4, as: UInt32.self) == 1400)
        #expect(read.bigEndian(5, as: UInt16.self) == 80)
        #expect(read.nested(18)?.text(1) == "veth")
    }

    @Test(
        "Lengths that lie end the reading",
        arguments: [[3, 0, 1, 0], [9, 0, 1, 0, 1], [255, 255, 1, 0], [4, 0]])
    func hostile(bytes: [UInt8]) {
        #expect(NetlinkAttributes(bytes[...]).ordered.isEmpty)
    }

    @Test("Any bytes can be read without harm")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0..<80)).map { _ in UInt8.random(in: 0...40, using: &random) }
            var answers = Acknowledgements(base: 1, requests: 1000, expected: 1)
            answers.read(bytes[...])
            let reply = NetlinkReply(
                type: [16, 20, 24, 2560, 2563, 2566, 2572].randomElement() ?? 16, payload: bytes[...])
            _ = (
                Link(reply), InterfaceAddress(reply), Route(reply), NftTable(reply), NftChain(reply),
                NftRule(reply)
            )
            _ = NftElement.read(reply)
        }
    }

    @Test("A veth pair is one message with the peer inside")
    func veth() {
        let request = LinkRequest.createVeth(
            name: "v0", mtu: 1500, master: 7,
            peer: VethPeer(name: "eth0", namespace: 9, hardwareAddress: [2, 0, 0, 0, 0, 1]))
        #expect(
            request.encoded(sequence: 5) == [
                164, 0, 0, 0, 16, 0, 1, 6, 5, 0, 0, 0, 0, 0, 0, 0,  // header
                0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,  // ifinfomsg: up
                7, 0, 3, 0, 118, 48, 0, 0,  // name
                8, 0, 4, 0, 0xdc, 5, 0, 0,  // mtu
                8, 0, 31, 0, 1, 0, 0, 0, 8, 0, 32, 0, 1, 0, 0, 0,  // queues
                8, 0, 10, 0, 7, 0, 0, 0,  // master
                92, 0, 18, 0, 8, 0, 1, 0, 118, 101, 116, 104,  // info: kind veth
                80, 0, 2, 0, 76, 0, 1, 0,  // data: peer
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                9, 0, 3, 0, 101, 116, 104, 48, 0, 0, 0, 0, 8, 0, 4, 0, 0xdc, 5, 0, 0,
                10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, 31, 0, 1, 0, 0, 0, 8, 0, 32, 0, 1, 0, 0, 0, 8, 0,
                28, 0, 9, 0, 0, 0,
            ])
    }

    @Test("Addresses and routes")
    func addresses() throws {
        let address = try #require(IPAddress("172.18.0.2"))
        #expect(
            AddressRequest.add(address, prefix: 16, to: 2).payload == [
                2, 16, 0, 0, 2, 0, 0, 0, 8, 0, 2, 0, 172, 18, 0, 2, 8, 0, 1, 0, 172, 18, 0, 2,
            ])
        #expect(
            RouteRequest.addDefault(gateway: address, through: 2).payload == [
                2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, 8, 0, 5, 0, 172, 18, 0, 2, 8, 0, 4, 0, 2, 0, 0, 0,
            ])
    }

    @Test("A rule and a map element")
    func rules() {
        let rule = NftRequest.addRule(
            .ip, table: "t", chain: "c", [.meta(.inInterfaceName, register: 0), .drop], comment: "x")
        #expect(
            rule.payload == [
                2, 0, 0, 0, 6, 0, 1, 0, 116, 0, 0, 0, 6, 0, 2, 0, 99, 0, 0, 0,
                88, 0, 4, 0x80,
                36, 0, 1, 0x80, 9, 0, 1, 0, 109, 101, 116, 97, 0, 0, 0, 0,
                20, 0, 2, 0x80, 8, 0, 1, 0, 0, 0, 0, 8, 8, 0, 2, 0, 0, 0, 0, 6,
                48, 0, 1, 0x80, 14, 0, 1, 0, 105, 109, 109, 101, 100, 105, 97, 116, 101, 0, 0, 0,
                28, 0, 2, 0x80, 8, 0, 1, 0, 0, 0, 0, 0, 16, 0, 2, 0x80, 12, 0, 2, 0x80, 8, 0, 1, 0, 0, 0, 0,
                0,
                8, 0, 7, 0, 0, 2, 120, 0,
            ])
        let set = NftSet(name: "m", id: 1, key: [.internetProtocol, .internetService], value: [.ipv4Address])
        let add = set.add(
            [NftElement(key: [6, 0, 0, 0, 0, 80, 0, 0], value: [10, 0, 0, 1])], .ip, table: "t")
        #expect(
            add.payload == [
                2, 0, 0, 0, 6, 0, 1, 0, 116, 0, 0, 0, 6, 0, 2, 0, 109, 0, 0, 0, 8, 0, 4, 0, 0, 0, 0, 1,
                36, 0, 3, 0x80, 32, 0, 1, 0x80, 16, 0, 1, 0x80, 12, 0, 1, 0, 6, 0, 0, 0, 0, 80, 0, 0,
                12, 0, 2, 0x80, 8, 0, 1, 0, 10, 0, 0, 1,
            ])
    }
}
