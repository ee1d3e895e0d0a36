public import Linux
internal import Synchronization

/// Which part of the kernel a socket talks to: `NETLINK_*`.
public enum NetlinkProtocol: Int32, Sendable {
    /// Links, addresses, routes.
    case route = 0
    /// nftables and connection tracking.
    case netfilter = 12
}

/// The way to the kernel's netlink families; a fake records or refuses instead.
public protocol NetlinkSocket: Sendable {
    /// Sends all requests in one datagram and returns when each is done; throws the first refusal.
    ///
    /// rtnetlink goes on after a refusal, so earlier and later requests may have been carried out. An
    /// ``NftBatch`` is carried out whole or not at all.
    func perform(_ requests: [NetlinkRequest]) throws(NetlinkError)

    /// Sends one request and returns what the kernel answers: one object, or all of a dump.
    func query(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply]
}

/// A real netlink socket of the network namespace that it was opened in.
///
/// Calls may come from any thread, one after another: the owner sees to that (it is not made for two at
/// once).
public final class KernelNetlinkSocket: NetlinkSocket {
    private let descriptor: SharedDescriptor
    private let family: NetlinkProtocol
    /// The next request's number: an answer that comes late is not taken for another's.
    private let sequence = Atomic<UInt32>(1)

    /// Opens a socket in the thread's own namespace.
    public init(_ family: NetlinkProtocol) throws(SystemError) {
        self.family = family
        descriptor = SharedDescriptor(try openNetlinkSocket(protocol: family.rawValue))
    }

    /// Opens a socket in the network namespace `namespace`; it may be used from anywhere.
    public convenience init(_ family: NetlinkProtocol, inNamespace namespace: Int32) throws(SystemError) {
        try self.init(
            family,
            adopting: withNetworkNamespace(namespace) { () throws(SystemError) in
                try openNetlinkSocket(protocol: family.rawValue)
            })
    }

    /// Takes over an open socket.
    public init(_ family: NetlinkProtocol, adopting descriptor: consuming OwnedDescriptor) {
        self.family = family
        self.descriptor = SharedDescriptor(descriptor)
    }

    public func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) {
        guard let first = requests.first else { return }
        var datagram: [UInt8] = []
        // Only the last message of an nftables batch asks for an answer: refusals come without being asked
        // for, and the transaction's outcome is known when it has come. rtnetlink acknowledges one by one.
        let quiet = family == .netfilter
        let last = requests.lastIndex { !NftBatch.isMarker($0) } ?? requests.count - 1
        let base = sequence.wrappingAdd(UInt32(requests.count), ordering: .relaxed).oldValue
        for (index, request) in requests.enumerated() {
            let acknowledged = quiet ? index == last : true
            datagram += request.encoded(
                sequence: base &+ UInt32(index), adding: acknowledged ? [.request, .acknowledge] : .request)
        }
        var outcome = Acknowledgements(
            base: base, requests: UInt32(requests.count), expected: quiet ? 1 : requests.count)
        do throws(SystemError) {
            try sendNetlink(descriptor.rawValue, datagram)
            // The kernel has worked through the datagram when `send` returns: all answers are waiting.
            while outcome.missing > 0, let answer = try receive(wait: false) { outcome.read(answer[...]) }
            if outcome.refusal != nil {
                while let answer = try receive(wait: false) { outcome.read(answer[...]) }
            }
        } catch {
            throw NetlinkError(first, error.code, words: "\(error.call) failed")
        }
        if let refusal = outcome.refusal {
            let index = min(Int(refusal.index), requests.count - 1)
            // A whole transaction that fails is reported against its opening marker: name what it was for.
            let named = NftBatch.isMarker(requests[index]) ? min(index + 1, requests.count - 1) : index
            throw NetlinkError(requests[named], refusal.code, words: refusal.words, index: named)
        }
        if outcome.missing > 0 {
            throw NetlinkError(first, .inputOutput, words: "the kernel did not answer", index: 0)
        }
    }

    /// One datagram of answers; nil if there is none and `wait` is false.
    private func receive(wait: Bool) throws(SystemError) -> [UInt8]? {
        let descriptor = descriptor.rawValue
        let result = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) {
            buffer -> Result<[UInt8]?, SystemError> in
            do throws(SystemError) {
                let count = try receiveNetlink(descriptor, into: buffer, wait: wait)
                return .success(count.map { Array(buffer[..<$0]) })
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    public func query(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply] {
        // A dump during which the objects changed says so; it is taken again.
        for _ in 0..<8 {
            if let replies = try queryOnce(request) { return replies }
        }
        throw NetlinkError(request, .again, words: "the objects kept changing while they were listed")
    }

    private func queryOnce(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply]? {
        let dump = request.flags.isSuperset(of: .dump)
        let number = sequence.wrappingAdd(1, ordering: .relaxed).oldValue
        var outcome = Acknowledgements(base: number, requests: 1, expected: 1)
        do throws(SystemError) {
            try sendNetlink(
                descriptor.rawValue,
                request.encoded(sequence: number, adding: dump ? .request : [.request, .acknowledge]))
            while outcome.missing > 0 && outcome.refusal == nil {
                guard let answer = try receive(wait: dump) else {
                    throw SystemError(call: "recv", subject: "netlink", code: .inputOutput)
                }
                outcome.read(answer[...])
            }
        } catch {
            throw NetlinkError(request, error.code, words: "\(error.call) failed")
        }
        if let refusal = outcome.refusal {
            throw NetlinkError(request, refusal.code, words: refusal.words)
        }
        return outcome.interrupted ? nil : outcome.replies
    }
}

/// Reads the kernel's answers to one datagram.
struct Acknowledgements {
    struct Refusal {
        /// Which request of the datagram it was.
        let index: UInt32
        let code: ErrorCode
        let words: String?
    }

    private(set) var missing: Int
    private(set) var refusal: Refusal?
    private(set) var replies: [NetlinkReply] = []
    private(set) var interrupted = false

    private let base: UInt32
    private let requests: UInt32

    /// Waits for `expected` answers to the requests numbered from `base` on.
    init(base: UInt32, requests: UInt32, expected: Int) {
        self.base = base
        self.requests = requests
        missing = expected
    }

    /// Reads one datagram of any number of messages.
    mutating func read(_ datagram: ArraySlice<UInt8>) {
        var rest = datagram
        while rest.count >= 16 {
            guard let length = rest.number(at: 0, as: UInt32.self).map(Int.init), length >= 16,
                length <= rest.count, let type = rest.number(at: 4, as: UInt16.self),
                let rawFlags = rest.number(at: 6, as: UInt16.self),
                let sequence = rest.number(at: 8, as: UInt32.self)
            else { return }
            let flags = NetlinkFlags(rawValue: rawFlags)
            if flags.contains(.multipart) && flags.contains(.dumpInterrupted) { interrupted = true }
            let index = sequence &- base
            if index < requests { message(type, rawFlags, index, rest.dropFirst(16).prefix(length - 16)) }
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    private mutating func message(_ type: UInt16, _ flags: UInt16, _ index: UInt32, _ body: ArraySlice<UInt8>)
    {
        switch type {
        case 2:  // NLMSG_ERROR: 0 is an ack
            let code = body.number(at: 0, as: Int32.self) ?? 0
            if code == 0 {
                missing -= 1
            } else if refusal == nil {
                refusal = Refusal(index: index, code: ErrorCode(rawValue: -code), words: words(flags, body))
            }
        case 3:  // NLMSG_DONE, with the dump's own outcome
            let code = body.number(at: 0, as: Int32.self) ?? 0
            if code < 0 && refusal == nil {
                refusal = Refusal(index: index, code: ErrorCode(rawValue: -code), words: nil)
            }
            missing -= 1
        case 1:  // NLMSG_NOOP
            break
        default:
            replies.append(NetlinkReply(type: type, payload: ArraySlice(Array(body))))
        }
    }

    /// The extended ack's text: attributes behind the error and the (capped) copy of the request.
    private func words(_ flags: UInt16, _ body: ArraySlice<UInt8>) -> String? {
        guard flags & 0x200 != 0 else { return nil }  // NLM_F_ACK_TLVS
        var offset = 4 + 16
        if flags & 0x100 == 0 {  // not NLM_F_CAPPED: the request's payload is there too
            let length = Int(body.number(at: 4, as: UInt32.self) ?? 16)
            offset = 4 + ((length + 3) & ~3)
        }
        return NetlinkAttributes(body.dropFirst(offset)).text(1)  // NLMSGERR_ATTR_MSG
    }
}
