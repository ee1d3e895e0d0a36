internal import DockerAPI
internal import EngineModel
public import HTTPServer
public import Logging

/// The Engine API: finds a request's route, checks its version, and turns failures into Docker's answers.
///
/// Hand ``respond(to:)`` to an `HTTPServer` as its handler.
public struct APIServer: Sendable {
    private let routes: Routes
    private let logger: Logger
    private let serverName: String

    /// `version` is berth's own, for the Server header.
    public init(_ controls: EngineControls, version: String, logger: Logger) {
        var routes = Routes()
        SystemRoutes(system: controls.system).register(in: &routes)
        ContainerRoutes(engine: controls.containers).register(in: &routes)
        PruneRoutes(engine: controls.prunes).register(in: &routes)
        ContainerLiveRoutes(engine: controls.containers).register(in: &routes)
        ContainerStreamRoutes(engine: controls.containers).register(in: &routes)
        ContainerFileRoutes(engine: controls.containers).register(in: &routes)
        ExecRoutes(engine: controls.execs).register(in: &routes)
        ImageRoutes(engine: controls.images).register(in: &routes)
        VolumeRoutes(engine: controls.volumes).register(in: &routes)
        NetworkRoutes(engine: controls.networks).register(in: &routes)
        UnsupportedRoutes.register(in: &routes)
        self.routes = routes
        self.logger = logger
        serverName = "Berth/\(version) (linux)"
    }

    /// Answers one request; every failure is an answer too.
    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        let start = ContinuousClock.now
        var response: HTTPResponse
        do {
            response = try await dispatch(request)
        } catch {
            let (status, message) = StatusTable.answer(error)
            if status == 500 {
                let cause = (error as? EngineError)?.cause.map { "\($0)" } ?? ""
                logger.error(
                    "request failed",
                    metadata: ["path": "\(request.path)", "reason": "\(message)", "cause": "\(cause)"])
            }
            response = .error(status, message)
        }
        addHeaders(&response)
        logger.debug(
            "request answered",
            metadata: [
                "method": "\(request.method)", "path": "\(request.path)", "status": "\(response.status)",
                "duration": "\(ContinuousClock.now - start)",
            ])
        return response
    }

    private func addHeaders(_ response: inout HTTPResponse) {
        response.headers["Api-Version"] = "\(APIVersion.current)"
        response.headers["Docker-Experimental"] = "false"
        response.headers["Ostype"] = "linux"
        response.headers["Server"] = serverName
    }

    private func dispatch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let path = try percentDecoded(request.path)
        if let clean = cleaned(path) {
            let query = request.query.isEmpty ? "" : "?\(request.query)"
            return HTTPResponse(
                status: 301, reason: "Moved Permanently", headers: ["Location": clean + query])
        }
        let (versionText, rest) = splitVersion(path)
        if request.method == "OPTIONS" { return .ok }
        guard let match = routes.match(request.method, rest) else {
            return .error(404, ContractMessages.pageNotFound)
        }
        let version = try versionText.map(checkedVersion) ?? .current
        if version < match.since {
            throw EngineError(
                .invalidParameter,
                "\"\(request.method) \(rest)\" requires API version \(match.since), "
                    + "but the client asks for \(version)"
            )
        }
        let values = try QueryValues(request.query)
        return try await match.handler(
            APIRequest(version: version, http: request, query: values, wildcards: match.wildcards))
    }

    /// Takes `/v1.41` off a path.
    private func splitVersion(_ path: String) -> (version: String?, rest: String) {
        guard path.hasPrefix("/v") else { return (nil, path) }
        let rest = path.dropFirst(2)
        let version = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard !version.isEmpty, rest.dropFirst(version.count).first == "/" else { return (nil, path) }
        return (String(version), String(rest.dropFirst(version.count)))
    }

    private func checkedVersion(_ text: String) throws -> APIVersion {
        guard let version = APIVersion(text) else {
            throw EngineError(.invalidParameter, "invalid API version \"\(text)\"")
        }
        if version < .minimum {
            throw EngineError(
                .invalidParameter, ContractMessages.clientTooOld(text, minimum: "\(APIVersion.minimum)"))
        }
        if version > .current {
            throw EngineError(
                .invalidParameter, ContractMessages.clientTooNew(text, maximum: "\(APIVersion.current)"))
        }
        return version
    }

    /// The path without empty, `.` and `..` segments, if it has any: clients are sent there, as by Docker.
    private func cleaned(_ path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.dropLast().contains("") || parts.contains(".") || parts.contains("..") else { return nil }
        var kept: [Substring] = []
        for part in parts {
            switch part {
            case "", ".": continue
            case "..": _ = kept.popLast()
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/") + (parts.last == "" && !kept.isEmpty ? "/" : "")
    }
}
