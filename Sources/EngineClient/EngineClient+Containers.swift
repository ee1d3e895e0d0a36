public import OrderedJSON

/// The container operations, one method each; answers are the engine's JSON as it came.
extension EngineClient {
    public func createContainer(
        _ body: JSONValue, name: String, platform: String = ""
    ) throws -> (id: String, warnings: [String]) {
        var query: [(String, String)] = []
        if !name.isEmpty { query.append(("name", name)) }
        if !platform.isEmpty { query.append(("platform", platform)) }
        let answer = try json(Request("POST", "/containers/create", query: query, body: body))
        let warnings = answer["Warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return (answer["Id"]?.stringValue ?? "", warnings)
    }

    public func startContainer(_ id: String, query: [(String, String)] = []) throws {
        try json(Request("POST", "/containers/\(escapePath(id))/start", query: query))
    }

    /// A verb without an answer: stop, restart, kill, pause, rename.
    public func postContainer(_ id: String, _ verb: String, query: [(String, String)] = []) throws {
        try json(Request("POST", "/containers/\(escapePath(id))/\(verb)", query: query))
    }

    public func removeContainer(_ id: String, volumes: Bool, links: Bool, force: Bool) throws {
        var query: [(String, String)] = []
        if volumes { query.append(("v", "1")) }
        if links { query.append(("link", "1")) }
        if force { query.append(("force", "1")) }
        try json(Request("DELETE", "/containers/\(escapePath(id))", query: query))
    }

    public func inspectContainer(_ id: String, size: Bool = false) throws -> JSONValue {
        try json(Request("GET", "/containers/\(escapePath(id))/json", query: size ? [("size", "1")] : []))
    }

    public func attachContainer(_ id: String, query: [(String, String)]) throws -> HijackedStream {
        try hijack(Self.attach(id, query))
    }

    private static func attach(_ id: String, _ query: [(String, String)]) -> Request {
        Request("POST", "/containers/\(escapePath(id))/attach", query: query)
    }

    /// Attaches and begins to wait, in one round trip; see ``waitContainer(_:condition:)``.
    public func attachAndWait(
        _ id: String, query: [(String, String)], condition: String
    ) throws -> (stream: HijackedStream, exit: HTTPResponse) {
        let attaching = try beginHijack(Self.attach(id, query))
        let waiting = try begin(Self.wait(id, condition))
        return (try hijack(finishing: attaching), try finish(waiting))
    }

    /// Begins to wait; returns once the engine has noted it, so that no exit can be missed.
    public func waitContainer(_ id: String, condition: String = "") throws -> HTTPResponse {
        try send(Self.wait(id, condition))
    }

    private static func wait(_ id: String, _ condition: String) -> Request {
        let query = condition.isEmpty ? [] : [("condition", condition)]
        return Request("POST", "/containers/\(escapePath(id))/wait", query: query)
    }

    public func resize(_ kind: String, _ id: String, columns: Int, rows: Int) throws {
        let query = [("h", String(rows)), ("w", String(columns))]
        try json(Request("POST", "/\(kind)/\(escapePath(id))/resize", query: query))
    }

    public func createExec(_ container: String, _ body: JSONValue) throws -> String {
        let answer = try json(Request("POST", "/containers/\(escapePath(container))/exec", body: body))
        return answer["Id"]?.stringValue ?? ""
    }
}
