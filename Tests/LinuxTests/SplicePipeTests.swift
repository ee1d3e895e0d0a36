import Linux
import TestSupport
import Testing

@Suite("Bytes from a socket to a file, inside the kernel,")
struct SplicePipeTests {
    private static let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private func move(to flags: OpenFlags) async throws -> [UInt8] {
        let scratch = try Scratch("splice")
        defer { scratch.remove() }
        let path = scratch.path + "/file"
        let file = try openFile(path, flags.union([.writeOnly, .create]))
        let (ours, theirs) = try SocketPair(.stream).release()
        let reading = SharedDescriptor(OwnedDescriptor(adopting: ours))
        let writing = SharedDescriptor(OwnedDescriptor(adopting: theirs))
        async let sent: Void = Task.detached {
            try writeAll(writing.rawValue, Self.content)
            endWriting(writing.rawValue)
        }.value
        let pipe = try SplicePipe()
        var moved = 0
        // What is left beyond the limit stays in the socket.
        while moved < 1000 {
            moved += try pipe.move(from: reading.rawValue, to: file.rawValue, upTo: 1000 - moved)
        }
        while true {
            let count = try pipe.move(from: reading.rawValue, to: file.rawValue, upTo: .max)
            if count == 0 { break }
            moved += count
        }
        try await sent
        #expect(moved == Self.content.count)
        return try readFile(path)
    }

    @Test("arrive whole and in order")
    func whole() async throws { #expect(try await move(to: []) == Self.content) }

    @Test("arrive also where the file takes no part in it, as one that is only appended to")
    func appended() async throws { #expect(try await move(to: .append) == Self.content) }

    @Test("are not taken from what is no pipe, socket or file")
    func refused() throws {
        let directory = try openFile("/", [.readOnly, .directory])
        let null = try openFile("/dev/null", .writeOnly)
        let error = #expect(throws: SystemError.self) {
            try SplicePipe().move(from: directory.rawValue, to: null.rawValue, upTo: 10)
        }
        #expect(error?.code == .invalid)
    }
}
