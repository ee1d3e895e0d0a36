internal import Glibc

/// The bytes of a response's head.
func responseHead(_ status: Int, _ reason: String?, _ headers: HTTPHeaders) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(256)
    text += "HTTP/1.1 \(status) \(reason ?? reasonPhrase(status))\r\n".utf8
    for field in headers.fields {
        text += field.name.utf8
        text += ": ".utf8
        // A line break here would let a value write headers of its own.
        for byte in field.value.utf8 { text.append(byte == 0x0D || byte == 0x0A ? 0x20 : byte) }
        text += "\r\n".utf8
    }
    text += "\r\n".utf8
    return text
}

private func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 100: "Continue"
    case 101: "Switching Protocols"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 413: "Request Entity Too Large"
    case 415: "Unsupported Media Type"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Status \(status)"
    }
}

/// The Date field's value for a moment, in seconds since 1970.
func httpDate(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
        + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
}

/// The Date field's value for now.
func httpDateNow() -> String { httpDate(time(nil)) }
