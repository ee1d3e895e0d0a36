internal import EngineModel

/// The bytes of `text` with its `%XX` decoded, as a string; `plus` decodes `+` to a space as in queries.
func percentDecoded(_ text: some StringProtocol, plus: Bool = false) throws -> String {
    if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
        return String(text)
    }
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
        let byte = source[index]
        if byte == UInt8(ascii: "%") {
            guard index + 2 < source.count, let high = hexDigit(source[index + 1]),
                let low = hexDigit(source[index + 2])
            else {
                let shown = String(decoding: source[index..<min(index + 3, source.count)], as: UTF8.self)
                throw EngineError(.invalidParameter, "invalid URL escape \"\(shown)\"")
            }
            bytes.append(high << 4 | low)
            index += 3
        } else {
            bytes.append(plus && byte == UInt8(ascii: "+") ? 0x20 : byte)
            index += 1
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
