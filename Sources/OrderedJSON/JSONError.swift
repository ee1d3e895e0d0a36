/// Why a document could not be read or written, in the words of Go's `encoding/json` where it has some.
public enum JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is not JSON; `offset` counts bytes from the start.
    case syntax(String, offset: Int)
    /// The text ended before the value did.
    case unexpectedEnd
    /// More levels than ``limit``.
    case tooDeep(limit: Int)
    /// More bytes than ``limit``.
    case tooLarge(limit: Int)
    /// A value of another type than the reader wants at `path`.
    case typeMismatch(found: String, wanted: String, path: String)
    /// A value of the right type that its reader refuses.
    case invalid(String, path: String)

    public var description: String {
        switch self {
        case .syntax(let message, let offset): "\(message) (at byte \(offset))"
        case .unexpectedEnd: "unexpected end of JSON input"
        case .tooDeep(let limit): "json: nested deeper than \(limit) levels"
        case .tooLarge(let limit): "json: document larger than \(limit) bytes"
        case .typeMismatch(let found, let wanted, ""):
            "json: cannot unmarshal \(found) into Go value of type \(wanted)"
        case .typeMismatch(let found, let wanted, let path):
            "json: cannot unmarshal \(found) into Go struct field \(path) of type \(wanted)"
        case .invalid(let message, ""): message
        case .invalid(let message, let path): "\(path): \(message)"
        }
    }
}
