import FoundationEssentials
import Glibc
import OCI
import OrderedJSON
import TarFormat

// What libFuzzer calls, with `FUZZ` naming the parser; scripts/fuzz builds and runs it. A trap, a leak, an input that
// takes ten seconds or a broken promise (`precondition`) ends the run and leaves the input behind.

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM makes the program begin with.
@_cdecl("Fuzzing_main")
public func run(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, arguments) = (count, arguments)
    return runFuzzer(&count, &arguments) { testOneInput($0, $1) }
}

private func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    switch parser {
    case "tar": readTar(input)
    case "manifest": readManifests(input)
    case "reference": readReference(input)
    case "json": readJSON(input)
    default: fatalError("FUZZ must be tar, manifest, reference or json")
    }
    return 0
}

private let parser = getenv("FUZZ").map { String(cString: $0) } ?? ""

/// Every entry and its content, in chunks of odd sizes as a network gives them.
private func readTar(_ input: [UInt8]) {
    let bytes = withChecksums(input)
    var offset = 0
    var step = 1
    let source = ChunkSource {
        if offset == bytes.count { return nil }
        step = step % 700 + 13
        let end = min(offset + step, bytes.count)
        defer { offset = end }
        return Array(bytes[offset..<end])
    }
    let reader = TarReader(source)
    do {
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            precondition(entries <= bytes.count / 512 + 1, "more entries than blocks")
            precondition(entry.sizeBytes >= 0)
            var read: Int64 = 0
            while true {
                let chunk = try reader.nextChunk()
                if chunk.isEmpty { break }
                read += Int64(chunk.count)
            }
            precondition(read <= bytes.count, "more content than there is")
        }
        try reader.drain()
    } catch {
        precondition(error is ArchiveError, "an error of another kind: \(error)")
    }
}

/// The input with right checksums in all that looks like a header, or hardly any mutation would get past them.
private func withChecksums(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    var start = 0
    while start + 512 <= bytes.count {
        defer { start += 512 }
        guard bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) else { continue }
        for index in 148..<156 { bytes[start + index] = 0x20 }
        var sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
        bytes[start + 154] = 0
        for index in (148..<154).reversed() {
            bytes[start + index] = UInt8(0x30 + sum & 7)
            sum >>= 3
        }
    }
    return bytes
}

/// As each kind of document; one that can be read can be written, and means the same read again.
private func readManifests(_ input: [UInt8]) {
    func check<T: Codable & Equatable>(_ type: T.Type) {
        guard let document = try? JSONDecoder().decode(type, from: Data(input)) else { return }
        guard let written = try? JSONEncoder().encode(document) else {
            preconditionFailure("what was read cannot be written")
        }
        let again = try? JSONDecoder().decode(type, from: written)
        precondition(again == document, "what was written reads differently")
    }
    check(ImageManifest.self)
    check(ImageIndex.self)
    check(ImageConfig.self)
}

/// What can be read means the same in all its forms.
private func readReference(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if let reference = try? ImageReference(parsing: text) {
        precondition((try? ImageReference(parsing: reference.description)) == reference)
        precondition((try? ImageReference(parsing: reference.familiarString)) == reference)
        precondition(!reference.path.isEmpty && !reference.path.contains(".."))
        _ = reference.withDefaultTag.repository
    }
    if let digest = try? Digest(parsing: text) {
        precondition((try? Digest(parsing: digest.description)) == digest)
        precondition(!digest.hex.contains("/"))
    }
    if let platform = try? Platform(parsing: text) {
        precondition(platform.normalized.normalized == platform.normalized)
    }
    _ = RFC3339(parsing: text)
}

/// The daemon's own parser of requests and records.
private func readJSON(_ input: [UInt8]) {
    guard let value = try? JSONValue(parsing: input) else { return }
    guard let written = try? OrderedJSONEncoder().encode(value) else {
        preconditionFailure("what was read cannot be written")
    }
    let again = try? JSONValue(parsing: written)
    precondition(again == value, "what was written reads differently")
}
