internal import EngineModel
internal import HTTPServer
internal import OrderedJSON

/// The HTTP status of every failure; no other file knows one.
enum StatusTable {
    static func status(_ kind: EngineError.Kind) -> Int {
        switch kind {
        case .invalidParameter: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .notModified: 304
        case .notImplemented: 501
        case .unavailable: 503
        case .system: 500
        }
    }

    /// The status and words for anything that a route may throw.
    static func answer(_ error: any Error) -> (status: Int, message: String) {
        switch error {
        case let error as EngineError: (status(error.kind), error.message)
        case let error as JSONError: (400, "invalid JSON: \(error)")
        case HTTPServerError.bodyTooLarge: (413, "\(error)")
        case is HTTPServerError: (400, "\(error)")
        case is CancellationError: (503, "the request was cancelled")
        default: (500, "\(error)")
        }
    }
}
