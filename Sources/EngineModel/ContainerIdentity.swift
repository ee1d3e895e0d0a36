/// Ids and names of containers, as Docker forms them.
public enum ContainerIdentity {
    /// A new id: 64 hexadecimal digits, never all decimal in its first twelve (a host name must not look like a number).
    public static func newID() -> String {
        while true {
            let id = randomHex(bytes: 32)
            if id.prefix(12).contains(where: { !$0.isNumber }) { return id }
        }
    }

    /// `bytes` random bytes in hexadecimal.
    public static func randomHex(bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        var digits: [UInt8] = []
        digits.reserveCapacity(bytes * 2)
        var left = bytes
        while left > 0 {
            var word = generator.next()
            for _ in 0..<min(left, 8) {
                digits.append(hexDigit(UInt8(word & 15)))
                digits.append(hexDigit(UInt8((word >> 4) & 15)))
                word >>= 8
            }
            left -= min(left, 8)
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    /// The twelve digits that tables and host names show.
    public static func short(_ id: String) -> String { String(id.prefix(12)) }

    /// Whether `text` can be the start of an id.
    public static func isHexPrefix(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Checks a container's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, a leading slash allowed.
    public static func validName(_ name: String) throws -> String {
        let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
        guard isRestrictedName(bare) else {
            throw EngineError(
                .invalidParameter,
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        return bare
    }

    /// Whether `name` has the form that Docker asks of containers and volumes.
    public static func isRestrictedName(_ name: String) -> Bool {
        func alphanumeric(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(name.utf8)
        guard bytes.count >= 2, alphanumeric(bytes[0]) else { return false }
        return bytes.dropFirst().allSatisfy { alphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }
}

/// Names for containers whose user gave none: a mood and something that floats or tends ships.
public enum GeneratedName {
    static let moods = [
        "agile", "amber", "ample", "apt", "blithe", "bold", "brave", "breezy", "bright", "brisk", "calm",
        "candid",
        "cheery", "civil", "clear", "clever", "cosy", "crisp", "daring", "deft", "eager", "earnest", "fair",
        "fearless", "fleet", "fond", "frank", "fresh", "gallant", "gentle", "glad", "golden", "grand", "hale",
        "handy", "hardy", "hearty", "honest", "jolly", "keen", "kind", "light", "lively", "loyal", "lucid",
        "lucky",
        "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "patient", "placid", "plucky",
        "poised",
        "polite", "prompt", "proud", "quick", "quiet", "ready", "robust", "rosy", "sage", "serene", "sharp",
        "silent",
        "sleek", "smart", "snug", "sober", "solid", "spry", "stable", "steady", "stout", "sunny", "sure",
        "swift",
        "tender", "thrifty", "tidy", "tranquil", "trim", "true", "trusty", "upbeat", "valiant", "vivid",
        "warm",
        "wise", "witty", "zesty",
    ]
    static let vessels = [
        "anchor", "barge", "beacon", "bollard", "bosun", "bowline", "bridge", "brig", "buoy", "cabin",
        "canoe",
        "capstan", "captain", "caravel", "catamaran", "clipper", "coaster", "compass", "coracle", "corvette",
        "crane", "cutter", "davit", "deck", "derrick", "dhow", "dinghy", "dock", "dory", "dredger", "felucca",
        "fender", "ferry", "frigate", "galleon", "galley", "gangway", "gig", "gondola", "halyard", "harbour",
        "hawser", "helm", "hull", "jetty", "jib", "junk", "kayak", "keel", "ketch", "landing", "lantern",
        "launch",
        "lighter", "lock", "lugger", "mainsail", "mariner", "mast", "mooring", "oar", "packet", "paddle",
        "pennant",
        "pier", "pilot", "pinnace", "pontoon", "port", "prow", "punt", "quay", "raft", "rigger", "rudder",
        "sampan",
        "schooner", "scow", "sextant", "skiff", "skipper", "sloop", "spar", "spinnaker", "steamer", "stern",
        "tanker", "tender", "tiller", "topsail", "trawler", "trimaran", "tug", "vessel", "wharf", "wherry",
        "windlass", "xebec", "yacht", "yawl",
    ]

    /// A name that `isTaken` says is free; with a digit behind it once several tries were taken.
    public static func new(isTaken: (String) -> Bool) -> String {
        for attempt in 0..<100 {
            let mood = moods.randomElement() ?? "calm"
            let vessel = vessels.randomElement() ?? "quay"
            let digits = attempt < 4 ? "" : String(Int.random(in: 0..<(attempt < 8 ? 10 : 1_000_000)))
            let name = "\(mood)_\(vessel)\(digits)"
            if !isTaken(name) { return name }
        }
        return "container_\(ContainerIdentity.randomHex(bytes: 8))"
    }
}
