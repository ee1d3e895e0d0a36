/// How far a layer has come on its way in.
public enum LayerPhase: Sendable, Hashable {
    /// It has to be fetched.
    case pending
    /// Others are before it.
    case waiting
    case downloading(currentBytes: Int64, totalBytes: Int64)
    /// Its registry broke off; it goes on in so many seconds.
    case retrying(seconds: Int)
    case verifying
    case downloaded
    case extracting(currentBytes: Int64, totalBytes: Int64)
    case complete
    /// It is unpacked here, whichever image brought it.
    case exists
}
