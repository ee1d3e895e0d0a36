internal import Glibc
internal import Linux

/// Asks the system for the address of a host.
enum HostLookup {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The first address of `host`, an IPv4 one if it has any; may take seconds. See `getaddrinfo(3)`.
    static func address(of host: String) throws(Failure) -> IPAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, nil, &hints, &list)
        if result != 0 {
            let reason = result == EAI_NONAME ? "no such host" : String(cString: gai_strerror(result))
            throw Failure(description: "lookup \(host): \(reason)")
        }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: 64)
            if getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST) == 0
            {
                let name = String(
                    decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                if let address = IPAddress(name) { found.append(address) }
            }
            next = entry.pointee.ai_next
        }
        guard let address = found.first(where: { !$0.isIPv6 }) ?? found.first else {
            throw Failure(description: "lookup \(host): no such host")
        }
        return address
    }
}
