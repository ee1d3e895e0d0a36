internal import DockerAPI
internal import EngineModel

/// The conditions of a prune, read once.
struct PruneFilter {
    private let filters: Filters
    /// What was made after this stays.
    private let until: Timestamp?

    /// Reads `until`, `label` and `label!`; each error has Docker's words.
    init(_ filters: Filters, now: Timestamp = .now) throws {
        self.filters = filters
        let times = filters["until"]
        if times.count > 1 { throw EngineError(.invalidParameter, "more than one until filter specified") }
        until = try times.first.map { try PastMoment.parse($0, now: now) }
    }

    /// Whether an object may go, as far as its age and its labels say.
    func matches(created: Timestamp?, labels: [String: String]) -> Bool {
        if let until {
            guard let created, created <= until else { return false }
        }
        return matches(labels: labels)
    }

    func matches(labels: [String: String]) -> Bool {
        filters.labelsMatch(labels)
            && (!filters.contains("label!") || !filters.labelsMatch(labels, name: "label!"))
    }

    /// A filter that is yes or no, in the words of the prune of volumes.
    static func flag(_ filters: Filters, _ name: String) throws -> Bool? {
        let values = filters[name]
        guard let value = values.first else { return nil }
        if values.count > 1 {
            throw EngineError(
                .invalidParameter,
                "invalid filter '\(name)=[\(values.joined(separator: " "))]': only one value is expected")
        }
        guard let flag = filters.flag(name) else {
            throw EngineError(
                .invalidParameter,
                "invalid filter '\(name)': strconv.ParseBool: parsing \"\(value)\": invalid syntax")
        }
        return flag
    }
}
