internal import DockerAPI
internal import EngineModel
internal import OrderedJSON

extension QueryValues {
    /// The `filters` parameter, in the form `{"name":["value"]}` or the older `{"name":{"value":true}}`.
    ///
    /// With `accepted`, a name that is not among them fails as Docker does.
    func filters(accepted: Set<String>? = nil) throws -> Filters {
        guard let text = text("filters") else { return Filters() }
        guard let object = (try? JSONValue(parsing: text))?.objectValue else {
            throw EngineError(.invalidParameter, "invalid filter")
        }
        var filters = Filters()
        for member in object.members {
            switch member.value {
            case .array(let items):
                for item in items { filters.add(member.key, try Self.string(item)) }
            case .object(let values):
                for value in values.members {
                    guard let isSet = value.value.boolValue else {
                        throw EngineError(.invalidParameter, "invalid filter")
                    }
                    if isSet { filters.add(member.key, value.key) }
                }
            case .null: continue
            default: throw EngineError(.invalidParameter, "invalid filter")
            }
        }
        if let accepted, let unknown = filters.firstUnknown(accepted: accepted) {
            throw EngineError(.invalidParameter, ContractMessages.invalidFilter(unknown))
        }
        return filters
    }

    private static func string(_ value: JSONValue) throws -> String {
        guard let text = value.stringValue else { throw EngineError(.invalidParameter, "invalid filter") }
        return text
    }
}
