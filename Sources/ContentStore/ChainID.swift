internal import Crypto
public import OCI

/// The name of a stack of layers: that of the lowest is its diff ID, each further one hashes the stack below with it.
public enum ChainID {
    /// The chain ID of `diffIDs`, lowest first; nil of none.
    public static func of(_ diffIDs: some Sequence<OCI.Digest>) -> OCI.Digest? {
        var chain: OCI.Digest?
        for diffID in diffIDs {
            if let below = chain {
                chain = OCI.Digest(sha256: SHA256.hash(data: Array("\(below) \(diffID)".utf8)))
            } else {
                chain = diffID
            }
        }
        return chain
    }
}
