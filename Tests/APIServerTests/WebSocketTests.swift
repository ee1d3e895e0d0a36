import DockerAPI
import Testing

@testable import HTTPServer

/// The samples are those of RFC 6455 and RFC 3174 where these have some.
@Suite("WebSockets")
struct WebSocketTests {
    private static let good: HTTPHeaders = [
        "Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
    ]

    @Test("The handshake proves that the key was read")
    func accept() throws {
        let answer = try WebSocketHandshake.accept(Self.good)
        #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(answer["Upgrade"] == "websocket" && answer["Connection"] == "Upgrade")
        #expect(answer["Sec-WebSocket-Protocol"] == nil)
        var headers = Self.good
        headers["Sec-WebSocket-Protocol"] = " chat "
        #expect(try WebSocketHandshake.accept(headers)["Sec-WebSocket-Protocol"] == "chat")
    }

    @Test(
        "A request that is none is told why",
        arguments: [
            ("Upgrade", nil, .notWebSocket), ("Upgrade", "tcp", .notWebSocket),
            ("Connection", "close", .notWebSocket),
            ("Sec-WebSocket-Key", nil, .missingKey), ("Sec-WebSocket-Key", "", .missingKey),
            ("Sec-WebSocket-Version", "8", .badVersion), ("Sec-WebSocket-Version", nil, .badVersion),
            ("Sec-WebSocket-Protocol", "a, b", .severalProtocols),
        ] as [(String, String?, WebSocketHandshake.Refusal)])
    func refused(_ name: String, _ value: String?, _ reason: WebSocketHandshake.Refusal) {
        var headers = Self.good
        headers[name] = value
        #expect(throws: reason) { try WebSocketHandshake.accept(headers) }
    }

    @Test(
        "SHA-1 and base64, at the ends of blocks too",
        arguments: [
            ("", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="), ("abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "hJg+RBw70m66rkqh+VEp5eVGcPE="),
            (String(repeating: "a", count: 55), "wci73CJ5bijA4VFj0giZtlYh1lo="),
            (String(repeating: "a", count: 64), "AJi6gktcFkJ716ESKlpEKiXsZE0="),
        ])
    func digest(_ text: String, _ wanted: String) {
        #expect(WebSocketHandshake.base64(SHA1.digest(Array(text.utf8))) == wanted)
    }

    /// A client's frame.
    private static func frame(
        _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        var bytes = WebSocketFrame.encode(.text, payload)
        bytes[0] = (isFinal ? 0x80 : 0) | opcode
        bytes[1] |= 0x80
        let start = bytes.count - payload.count
        return bytes[..<start] + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    private static func joined(_ events: [WebSocketDecoder.Event]) -> [UInt8] {
        events.flatMap { if case .data(let bytes) = $0 { bytes } else { [UInt8]() } }
    }

    @Test("A masked frame reads as what it says")
    func sample() throws {
        var decoder = WebSocketDecoder()
        let events = try decoder.read([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        #expect(events == [.data(Array("Hello".utf8))])
    }

    @Test("Frames of every kind of length come through, in whatever pieces", arguments: [1, 2, 3, 7, 1000])
    func pieces(_ size: Int) throws {
        for length in [0, 1, 125, 126, 127, 65535, 65536] {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let bytes = Self.frame(2, payload) + Self.frame(9, [1, 2]) + Self.frame(8, [3, 232])
            var decoder = WebSocketDecoder()
            var events: [WebSocketDecoder.Event] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += try decoder.read(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(Self.joined(events) == payload)
            #expect(Array(events.suffix(2)) == [.ping([1, 2]), .close])
        }
    }

    @Test("A message in several frames, with a ping between them")
    func fragments() throws {
        var decoder = WebSocketDecoder()
        let events = try decoder.read(
            Self.frame(1, [1], isFinal: false) + Self.frame(9, [9]) + Self.frame(0, [2], isFinal: false)
                + Self.frame(10, []) + Self.frame(0, [3]) + Self.frame(2, [4]))
        #expect(events == [.data([1]), .ping([9]), .data([2]), .pong, .data([3]), .data([4])])
    }

    @Test(
        "Broken rules are found",
        arguments: [
            ("unmasked", [0x82, 0x01, 0x41]), ("reserved bits", [0xC2, 0x81, 0, 0, 0, 0, 0x41]),
            ("opcode 3", [0x83, 0x80, 0, 0, 0, 0]), ("opcode 11", [0x8B, 0x80, 0, 0, 0, 0]),
            ("a long ping", [0x89, 0xFE, 0, 126, 0, 0, 0, 0]), ("a ping in parts", [0x09, 0x80, 0, 0, 0, 0]),
            ("nothing to continue", [0x80, 0x80, 0, 0, 0, 0]),
            ("a message in a message", [0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0]),
            ("a length below nothing", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("half a code", [0x88, 0x81, 0, 0, 0, 0, 1]),
        ] as [(String, [UInt8])])
    func broken(_ name: String, _ bytes: [UInt8]) {
        #expect(throws: WebSocketDecoder.ProtocolError.self, "\(name)") {
            var decoder = WebSocketDecoder()
            _ = try decoder.read(bytes)
        }
    }

    @Test("A frame that announces an exabyte takes no memory ahead")
    func huge() throws {
        var decoder = WebSocketDecoder()
        let head: [UInt8] = [0x82, 0xFF, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(try decoder.read(head + [5]) == [.data([5])])
        #expect(try decoder.read([6, 7]) == [.data([6, 7])])
    }

    @Test("Random bytes neither trap nor hang")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var decoder = WebSocketDecoder()
            let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? decoder.read(bytes)
        }
    }

    @Test("Payloads of stdcopy frames, in whatever pieces", arguments: [1, 3, 8, 9, 100])
    func demultiplexed(_ size: Int) {
        let bytes =
            streamFrameHeader(.stdout, length: 3) + Array("out".utf8) + streamFrameHeader(.stderr, length: 0)
            + streamFrameHeader(.stderr, length: 4) + Array("err\n".utf8)
        var reader = StreamFrameReader()
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            output += reader.payload(of: Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(String(decoding: output, as: UTF8.self) == "outerr\n")
    }
}
