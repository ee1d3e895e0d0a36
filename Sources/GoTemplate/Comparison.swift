// Go's eq, ne, lt, le, gt, ge on basic kinds.

private func incompatible() -> TemplateError { TemplateError("incompatible types for comparison") }

/// Whether both values are of one basic kind and equal; other kinds are Go's error.
func isEqual(_ left: GoValue, _ right: GoValue) throws -> Bool {
    switch (left, right) {
    case (.null, .null), (.nilPointer, .null), (.null, .nilPointer), (.nilPointer, .nilPointer): return true
    case (.null, _), (_, .null), (.nilPointer, _), (_, .nilPointer): return false
    case (.bool(let a), .bool(let b)): return a == b
    case (.integer(let a), .integer(let b)): return a == b
    case (.float(let a), .float(let b)): return a == b
    case (.string(let a), .string(let b)): return a == b
    case (.list, _), (.map, _), (_, .list), (_, .map), (.nilList, _), (.nilMap, _), (_, .nilList),
        (_, .nilMap):
        throw TemplateError("non-comparable type")
    default: throw incompatible()
    }
}

/// Whether `left` is below `right`; both must be of one ordered kind.
func isLess(_ left: GoValue, _ right: GoValue) throws -> Bool {
    switch (left, right) {
    case (.integer(let a), .integer(let b)): return a < b
    case (.float(let a), .float(let b)): return a < b
    case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.integer, _), (.float, _), (.string, _): throw incompatible()
    default: throw TemplateError("invalid type for comparison")
    }
}

/// `eq`: whether the first value equals one of the others.
func equalAny(_ arguments: [GoValue]) throws -> GoValue {
    if arguments.count < 2 { throw TemplateError("missing argument for comparison") }
    for other in arguments.dropFirst() where try isEqual(arguments[0], other) { return .bool(true) }
    return .bool(false)
}
