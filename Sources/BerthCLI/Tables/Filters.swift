internal import OrderedJSON

/// The options `--filter name=value` as the API takes them.
enum Filters {
    static func text(_ given: [String]) -> String? {
        var filters: [String: [String]] = [:]
        for option in given where !option.isEmpty {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).lowercased().trimmedSpace
            let value = (parts.count > 1 ? String(parts[1]) : "").trimmedSpace
            if filters[name]?.contains(value) != true { filters[name, default: []].append(value) }
        }
        return encode(filters)
    }

    static func encode(_ filters: [String: [String]]) -> String? {
        if filters.isEmpty { return nil }
        let members = filters.sorted { $0.key < $1.key }.map { name, values in
            JSONObject.Member(name, .object(JSONObject(values.sorted().map { .init($0, true) })))
        }
        return JSONValue.object(JSONObject(members)).text()
    }

    static let flag = Flag("filter", "f", .filter, "Show only what meets a condition (name=value)")
}
