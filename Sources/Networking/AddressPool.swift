/// Gives out the addresses of a subnet, each time the next after the last one given.
///
/// An address that was just released is the last to be given again: neighbours and tracked connections have
/// forgotten its former owner by then.
struct AddressPool {
    let subnet: IPv4Subnet
    private var used: Set<UInt32>
    private var last: UInt32

    /// A pool without the network's own, the broadcast and the gateway's address.
    init(subnet: IPv4Subnet, gateway: UInt32) {
        self.subnet = subnet
        used = [subnet.base, subnet.broadcast, gateway]
        last = subnet.base
    }

    /// The next free address, marked as used; nil when there is none left.
    mutating func take() -> UInt32? {
        let size = UInt64(subnet.broadcast - subnet.base) + 1
        for step in 1...size {
            let offset = (UInt64(last - subnet.base) + step) % size
            let candidate = subnet.base + UInt32(truncatingIfNeeded: offset)
            if used.insert(candidate).inserted {
                last = candidate
                return candidate
            }
        }
        return nil
    }

    /// Marks `address` as used; false if it is already, or is not of this subnet.
    mutating func take(_ address: UInt32) -> Bool {
        subnet.contains(address) && used.insert(address).inserted
    }

    /// Continues after `address` from now on.
    mutating func resume(after address: UInt32) {
        if subnet.contains(address) { last = max(last, address) }
    }

    mutating func release(_ address: UInt32) { used.remove(address) }
}
