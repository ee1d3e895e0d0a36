internal import GoTemplate
internal import OrderedJSON

/// An inspected object as templates see it.
enum InspectValue {
    static func value(_ json: JSONValue) -> GoValue { GoValue(json) }
}
