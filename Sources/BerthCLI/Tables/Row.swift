internal import GoTemplate

/// One object of a list: its columns as a template sees them.
struct Row: GoObject {
    let typeName: String
    /// Names and values in alphabetical order, as docker's JSON has them; a value is worked out when it is used.
    let columns: [(name: String, value: () -> GoValue)]
    /// Columns that JSON leaves out.
    var hidden: Set<String> = []
    /// The object's labels, for `.Label "name"`.
    var labels: [(String, String)]?

    var fields: [(key: String, value: GoValue)] {
        columns.filter { !hidden.contains($0.name) }.map { ($0.name, $0.value()) }
    }

    func member(_ name: String, _ arguments: [GoValue]) throws -> GoValue? {
        if name == "Label", let labels {
            guard arguments.count == 1, case .string(let wanted) = arguments[0] else {
                throw TemplateError("wrong number of args for Label: want 1 got \(arguments.count)")
            }
            return .string(labels.first { $0.0 == wanted }?.1 ?? "")
        }
        guard let column = columns.first(where: { $0.name == name }) else { return nil }
        if !arguments.isEmpty {
            throw TemplateError("wrong number of args for \(name): want 0 got \(arguments.count)")
        }
        return column.value()
    }
}

/// The first row of a table: columns' titles, and titles made of label names.
struct HeaderRow: GoObject {
    let typeName = "formatter.SubHeaderContext"
    let titles: [(key: String, value: String)]

    var fields: [(key: String, value: GoValue)] { titles.map { ($0.key, .string($0.value)) } }

    func member(_ name: String, _ arguments: [GoValue]) -> GoValue? {
        if name == "Label", case .string(let label)? = arguments.first {
            let last = label.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
            return .string(String(last.map { $0 == "-" || $0 == "_" ? " " : $0 }))
        }
        return titles.first { $0.key == name }.map { .string($0.value) } ?? .null
    }
}
