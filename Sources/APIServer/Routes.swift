/// The table of routes: method and path lead to a function.
///
/// `{name}` stands for one segment of the path, `{name...}` for one or more (image names hold slashes).
struct Routes: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    struct Match: Sendable {
        let since: APIVersion
        let handler: Handler
        let wildcards: [String: String]
    }

    private struct Route: Sendable {
        let method: String
        let segments: [Segment]
        let since: APIVersion
        let handler: Handler
    }

    private enum Segment: Sendable, Hashable {
        case word(String)
        case one(String)
        case many(String)
    }

    /// By the first segment, which is always a word.
    private var table: [String: [Route]] = [:]

    mutating func get(_ path: String, since: APIVersion = .minimum, _ handler: @escaping Handler) {
        add("GET", path, since: since, handler)
    }

    mutating func post(_ path: String, since: APIVersion = .minimum, _ handler: @escaping Handler) {
        add("POST", path, since: since, handler)
    }

    mutating func delete(_ path: String, since: APIVersion = .minimum, _ handler: @escaping Handler) {
        add("DELETE", path, since: since, handler)
    }

    mutating func add(
        _ method: String, _ path: String, since: APIVersion = .minimum, _ handler: @escaping Handler
    ) {
        let segments = path.split(separator: "/").map { part -> Segment in
            guard part.first == "{" else { return .word(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(String(name))
        }
        let first = path.split(separator: "/").first.map(String.init) ?? ""
        table[first, default: []].append(
            Route(method: method, segments: segments, since: since, handler: handler))
    }

    /// The route for a path without its version; words win over wildcards in the order of registration.
    func match(_ method: String, _ path: String) -> Match? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard let first = parts.first, let candidates = table[first] else { return nil }
        for route in candidates where route.method == method {
            if let wildcards = Self.wildcards(route.segments, parts) {
                return Match(since: route.since, handler: route.handler, wildcards: wildcards)
            }
        }
        return nil
    }

    private static func wildcards(_ segments: [Segment], _ parts: [String]) -> [String: String]? {
        var found: [String: String] = [:]
        var index = 0
        for (position, segment) in segments.enumerated() {
            let after = segments.count - position - 1
            switch segment {
            case .word(let word):
                guard index < parts.count, parts[index] == word else { return nil }
                index += 1
            case .one(let name):
                guard index < parts.count, !parts[index].isEmpty else { return nil }
                found[name] = parts[index]
                index += 1
            case .many(let name):
                let end = parts.count - after
                guard end > index else { return nil }
                found[name] = parts[index..<end].joined(separator: "/")
                index = end
            }
        }
        return index == parts.count ? found : nil
    }
}
