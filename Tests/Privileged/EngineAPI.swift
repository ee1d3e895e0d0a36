internal import OrderedJSON
internal import TestSupport
internal import Testing

/// The suite's engine by single requests, as clients that are no docker CLI make them.
struct EngineAPI {
    let socket: String

    init() throws { socket = String(try Engine.shared().host.dropFirst("unix://".count)) }

    struct Answer: CustomStringConvertible {
        let status: Int
        let body: String
        var json: JSONValue? { try? JSONValue(parsing: body) }
        /// What an error says.
        var message: String { json?["message"]?.stringValue ?? body }
        var description: String { "\(status) \(body)" }
    }

    func callAsFunction(
        _ method: String, _ path: String, body: String? = nil, seconds: Int = 20
    ) async throws -> Answer {
        var arguments = [
            "-s", "--max-time", "\(seconds)", "--unix-socket", socket, "-X", method, "-w", "\n%{http_code}",
        ]
        if let body { arguments += ["-H", "Content-Type: application/json", "-d", body] }
        let result = try await Command("curl", arguments + ["http://localhost/v1.51\(path)"]).run()
        let lines = result.stdout.split(separator: "\n", omittingEmptySubsequences: false)
        return Answer(
            status: Int(lines.last ?? "") ?? -1, body: lines.dropLast().joined(separator: "\n").trimmed)
    }

    /// The events of a container, oldest first: all so far, by their actions.
    func actions(of container: String) async throws -> [String] {
        let now = try await shellMust("date +%s.%N")
        let filter = "%7B%22container%22%3A%5B%22\(container)%22%5D%7D"
        let events = try await self("GET", "/events?since=0&until=\(now)&filters=\(filter)").body
        return events.split(separator: "\n").compactMap {
            (try? JSONValue(parsing: String($0)))?["Action"]?.stringValue
        }
    }
}
