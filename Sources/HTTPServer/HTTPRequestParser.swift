internal import NIOCore

/// The head of a request, read and checked.
struct RequestHead: Hashable {
    var method: String
    var path: String
    var query: String
    var isHTTP11: Bool
    var headers: HTTPHeaders
    var framing: BodyFraming

    /// Whether the connection may carry another request after this one.
    var keepsAlive: Bool {
        isHTTP11
            ? !headers.contains("Connection", token: "close")
            : headers.contains("Connection", token: "keep-alive")
    }

    var expectsContinue: Bool { isHTTP11 && headers.contains("Expect", token: "100-continue") }
}

enum BodyFraming: Hashable {
    case length(Int)
    case chunked
}

/// A request that cannot be answered but with this status, before the connection closes.
struct ParseFailure: Error, Hashable {
    var status: Int
    var reason: String
}

/// Reads request heads as Go's `net/http` does: lines may end in LF alone, nothing may be folded.
///
/// Refuses what two readers could understand differently: two lengths, a length beside chunks.
struct HTTPRequestParser {
    let headLimit: Int
    /// How far the head at the front of the buffer has been searched for its end.
    private var searched = 0

    init(headLimit: Int) { self.headLimit = headLimit }

    /// The head at the front of `buffer`, which is consumed; nil while it is not complete.
    mutating func head(in buffer: inout ByteBuffer) throws(ParseFailure) -> RequestHead? {
        skipEmptyLines(&buffer)
        guard let end = endOfHead(buffer) else {
            if buffer.readableBytes > headLimit {
                throw ParseFailure(status: 431, reason: "header larger than \(headLimit) bytes")
            }
            return nil
        }
        if end > headLimit {
            throw ParseFailure(status: 431, reason: "header larger than \(headLimit) bytes")
        }
        searched = 0
        guard let bytes = buffer.readBytes(length: end) else { return nil }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.last == 0x0D ? line.dropLast() : line
        }
        while let last = lines.last, last.isEmpty { lines.removeLast() }
        guard let first = lines.first else { throw ParseFailure(status: 400, reason: "empty request") }
        var head = try requestLine(first)
        for line in lines.dropFirst() { try field(line, into: &head.headers) }
        try check(&head)
        return head
    }

    private func skipEmptyLines(_ buffer: inout ByteBuffer) {
        if searched > 0 { return }
        while let byte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            byte == 0x0D || byte == 0x0A
        {
            buffer.moveReaderIndex(forwardBy: 1)
        }
    }

    /// The length of the head with the empty line that ends it.
    private mutating func endOfHead(_ buffer: ByteBuffer) -> Int? {
        let start = max(0, searched - 3)
        let found: Int? = buffer.withUnsafeReadableBytes { bytes in
            var index = start
            while index < bytes.count {
                if bytes[index] == 0x0A {
                    if index + 1 < bytes.count, bytes[index + 1] == 0x0A { return index + 2 }
                    if index + 2 < bytes.count, bytes[index + 1] == 0x0D, bytes[index + 2] == 0x0A {
                        return index + 3
                    }
                }
                index += 1
            }
            return nil
        }
        searched = buffer.readableBytes
        return found
    }

    private func requestLine(_ line: ArraySlice<UInt8>) throws(ParseFailure) -> RequestHead {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isToken) else {
            throw ParseFailure(status: 400, reason: "malformed request line")
        }
        let isHTTP11: Bool
        switch String(decoding: words[2], as: UTF8.self) {
        case "HTTP/1.1": isHTTP11 = true
        case "HTTP/1.0": isHTTP11 = false
        default: throw ParseFailure(status: 505, reason: "unsupported protocol version")
        }
        guard words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw ParseFailure(status: 400, reason: "malformed request target")
        }
        var target = String(decoding: words[1], as: UTF8.self)
        if let scheme = ["http://", "https://"].first(where: { target.hasPrefix($0) }) {
            let rest = target.dropFirst(scheme.count)
            target = rest.firstIndex(where: { $0 == "/" || $0 == "?" }).map { String(rest[$0...]) } ?? "/"
            if target.hasPrefix("?") { target = "/" + target }
        }
        guard target.hasPrefix("/") || target == "*" else {
            throw ParseFailure(status: 400, reason: "malformed request target")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return RequestHead(
            method: String(decoding: words[0], as: UTF8.self), path: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : "", isHTTP11: isHTTP11, headers: HTTPHeaders(),
            framing: .length(0))
    }

    private func field(_ line: ArraySlice<UInt8>, into headers: inout HTTPHeaders) throws(ParseFailure) {
        guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
            line[..<colon].allSatisfy(isToken)
        else { throw ParseFailure(status: 400, reason: "malformed header field") }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw ParseFailure(status: 400, reason: "malformed header field value")
        }
        headers.add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private func check(_ head: inout RequestHead) throws(ParseFailure) {
        let hosts = head.headers.all("Host")
        if head.isHTTP11, hosts.isEmpty {
            throw ParseFailure(status: 400, reason: "missing required Host header")
        }
        if hosts.count > 1 { throw ParseFailure(status: 400, reason: "too many Host headers") }
        let codings = head.headers.all("Transfer-Encoding")
        let lengths = Set(head.headers.all("Content-Length"))
        if !codings.isEmpty {
            guard head.isHTTP11, codings.count == 1, sameName(codings[0], "chunked") else {
                throw ParseFailure(status: 501, reason: "unsupported transfer encoding")
            }
            if !lengths.isEmpty {
                throw ParseFailure(status: 400, reason: "a length beside a transfer encoding")
            }
            head.framing = .chunked
        } else if let length = lengths.first {
            guard lengths.count == 1, length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let count = Int(length)
            else { throw ParseFailure(status: 400, reason: "bad Content-Length") }
            head.framing = .length(count)
        }
    }
}

/// Whether a byte may be part of a method or a field name.
private func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}
