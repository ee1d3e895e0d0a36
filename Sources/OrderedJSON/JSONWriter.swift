/// The bytes of a document under way, with Go's escaping and Go's indentation.
///
/// One encoder and its containers share a writer. It knows which objects and arrays are open: a
/// container of depth `d` that is written to again closes whatever was opened inside it since.
final class JSONWriter {
    private struct Level {
        var isObject: Bool
        var isEmpty = true
    }

    // The buffer is a pointer and not an array, because an array in a class is checked at every byte.
    private var buffer: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// How many bytes have been written.
    private(set) var count = 0
    private var levels: [Level] = []
    /// Types that were found to be no dictionaries.
    var plainTypes: Set<ObjectIdentifier> = []
    private let format: OrderedJSONEncoder.Format
    private let escapesHTML: Bool

    init(format: OrderedJSONEncoder.Format, escapesHTML: Bool) {
        self.format = format
        self.escapesHTML = escapesHTML
        capacity = 512
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    /// What has been written.
    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: buffer, count: count)) }

    private func reserve(_ more: Int) {
        if count + more <= capacity { return }
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.moveInitialize(from: buffer, count: count)
        buffer.deallocate()
        buffer = larger
    }

    @inline(__always)
    private func put(_ byte: UInt8) {
        if count == capacity { reserve(1) }
        buffer[count] = byte
        count += 1
    }

    private func put(_ source: UnsafePointer<UInt8>, _ length: Int) {
        reserve(length)
        (buffer + count).update(from: source, count: length)
        count += length
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { if let start = $0.baseAddress { put(start, $0.count) } }
    }

    /// How many objects and arrays are open.
    var depth: Int { levels.count }

    func open(object: Bool) {
        put(UInt8(ascii: object ? "{" : "["))
        levels.append(Level(isObject: object))
    }

    /// Closes what is open below `depth`.
    func close(to depth: Int) {
        while levels.count > depth {
            let level = levels.removeLast()
            if !level.isEmpty { newline() }
            put(UInt8(ascii: level.isObject ? "}" : "]"))
        }
    }

    /// Begins the next member of the object at the top.
    func key(_ key: String) {
        item()
        string(key)
        put(UInt8(ascii: ":"))
        if case .indented = format { put(UInt8(ascii: " ")) }
    }

    /// Begins the next item of the array at the top.
    func item() {
        if let last = levels.indices.last {
            if !levels[last].isEmpty { put(UInt8(ascii: ",")) }
            levels[last].isEmpty = false
        }
        newline()
    }

    private func newline() {
        guard case .indented(let prefix, let indent) = format else { return }
        put(UInt8(ascii: "\n"))
        put(prefix)
        for _ in 0..<levels.count { put(indent) }
    }

    func raw(_ text: StaticString) {
        put(text.utf8Start, text.utf8CodeUnitCount)
    }

    func number(_ text: String) { put(text) }

    func integer(_ value: some BinaryInteger) { put(String(value)) }

    func bool(_ value: Bool) { raw(value ? "true" : "false") }

    func string(_ text: String) {
        var text = text
        put(UInt8(ascii: "\""))
        text.withUTF8 { escape($0) }
        put(UInt8(ascii: "\""))
    }

    private func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var index = 0
        func flush(_ end: Int) {
            if end > start, let base = text.baseAddress { put(base + start, end - start) }
        }
        while index < text.count {
            let byte = text[index]
            if byte == 0xE2, index + 2 < text.count, text[index + 1] == 0x80, text[index + 2] & 0xFE == 0xA8 {
                flush(index)
                raw(text[index + 2] == 0xA8 ? "\\u2028" : "\\u2029")
                index += 3
                start = index
                continue
            }
            if byte >= 0x20, byte != 0x22, byte != 0x5C,
                !escapesHTML || (byte != 0x26 && byte != 0x3C && byte != 0x3E)
            {
                index += 1
                continue
            }
            flush(index)
            switch byte {
            case 0x22: raw("\\\"")
            case 0x5C: raw("\\\\")
            case 0x08: raw("\\b")
            case 0x0C: raw("\\f")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            default:
                raw("\\u00")
                put(Self.hex(byte >> 4))
                put(Self.hex(byte & 15))
            }
            index += 1
            start = index
        }
        flush(text.count)
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }

    /// Writes any document.
    func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): bool(flag)
        case .number(let text): number(text)
        case .string(let text): string(text)
        case .array(let items):
            let outer = depth
            open(object: false)
            for each in items {
                item()
                self.value(each)
            }
            close(to: outer)
        case .object(let object):
            let outer = depth
            open(object: true)
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            close(to: outer)
        }
    }
}

/// A floating-point number as Go's `encoding/json` writes it.
func goNumber(_ value: Double) throws(JSONError) -> String {
    guard value.isFinite else { throw .invalid("json: unsupported value: \(value)", path: "") }
    let magnitude = value.magnitude
    var text = "\(value)"
    if magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 {
        // Swift writes 1e-07 and 1e+21, Go 1e-7 and 1e+21.
        if let range = text.firstIndex(of: "e") {
            var exponent = String(text[text.index(after: range)...])
            let negative = exponent.hasPrefix("-")
            exponent = String(exponent.drop { $0 == "-" || $0 == "+" || $0 == "0" })
            var mantissa = String(text[..<range])
            if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
            text = mantissa + (negative ? "e-" : "e+") + exponent
        }
        return text
    }
    if let position = text.firstIndex(of: "e") { return plain(text, exponentAt: position) }
    if text.hasSuffix(".0") { text.removeLast(2) }
    return text
}

/// Spells out a number that Swift has written with an exponent.
private func plain(_ text: String, exponentAt position: String.Index) -> String {
    let exponent = Int(text[text.index(after: position)...]) ?? 0
    var mantissa = String(text[..<position])
    let sign = mantissa.hasPrefix("-") ? "-" : ""
    if !sign.isEmpty { mantissa.removeFirst() }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(parts[0])
    var fraction = parts.count > 1 ? String(parts[1]) : ""
    if fraction == "0" { fraction = "" }
    let digits = whole + fraction
    let point = whole.count + exponent
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
}
