/// Carries out a template's nodes.
struct Executor {
    private let template: Template
    private let root: GoValue
    private var variables: [(name: String, value: GoValue)]
    private var depth = 0
    /// Where we are, for error texts.
    private var place: (position: Int, source: String) = (0, "")
    private(set) var output = ""

    private enum Flow { case on, breaks, continues }

    init(template: Template, data: GoValue) {
        self.template = template
        root = data
        variables = [("$", data)]
    }

    mutating func run() throws { _ = try walk(template.nodes, root) }

    private func failure(_ message: String) -> TemplateError {
        // Docker's templates are one line: Go counts lines too.
        return TemplateError(
            "template: \(template.name):1:\(place.position): executing \(quoteGo(template.name)) "
                + "at <\(place.source)>: \(message)")
    }

    // MARK: Nodes

    private mutating func walk(_ nodes: [Node], _ dot: GoValue) throws -> Flow {
        for node in nodes {
            switch node {
            case .text(let text): output += text
            case .action(let pipe):
                let value = try evaluate(pipe, dot)
                if pipe.variables.isEmpty { output += shown(value) }
            case .branch(let branch):
                let flow = try walk(branch, dot)
                if flow != .on { return flow }
            case .template(let name, let argument, let position):
                guard let body = template.defined[name] else {
                    place = (position, "{{template \(quoteGo(name))}}")
                    throw failure("template \(quoteGo(name)) not defined")
                }
                guard depth < 1000 else { throw failure("exceeded maximum template depth (1000)") }
                let value = try argument.map { try evaluate($0, dot) } ?? .null
                let outer = variables
                variables = [("$", value)]
                depth += 1
                _ = try walk(body, value)
                depth -= 1
                variables = outer
            case .breakLoop: return .breaks
            case .continueLoop: return .continues
            }
        }
        return .on
    }

    private func shown(_ value: GoValue) -> String {
        if case .null = value { return "<no value>" }
        return value.printed
    }

    private mutating func walk(_ branch: Branch, _ dot: GoValue) throws -> Flow {
        let mark = variables.count
        defer { variables.removeSubrange(mark...) }
        if branch.kind == .range { return try loop(branch, dot) }
        let value = try evaluate(branch.pipe, dot)
        if value.isTrue { return try walk(branch.body, branch.kind == .with ? value : dot) }
        return try walk(branch.otherwise, dot)
    }

    private mutating func loop(_ branch: Branch, _ dot: GoValue) throws -> Flow {
        var pipe = branch.pipe
        let names = pipe.variables
        pipe.variables = []
        let value = try evaluate(pipe, dot)
        place = (pipe.position, pipe.source)
        var items: [(GoValue, GoValue)] = []
        switch value {
        case .null, .nilPointer, .nilList, .nilMap: break
        case .list(let values): items = values.enumerated().map { (.integer($0.offset), $0.element) }
        case .map(let entries):
            let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            items = sorted.map { (.string($0.key), $0.value) }
        case .integer(let count): items = (0..<max(0, count)).map { (.integer($0), .integer($0)) }
        default: throw failure("range can't iterate over \(value.printed)")
        }
        if items.isEmpty { return try walk(branch.otherwise, dot) }
        for (key, element) in items {
            let mark = variables.count
            if let last = names.last { set(last, element, assigns: pipe.assigns) }
            if names.count > 1 { set(names[0], key, assigns: pipe.assigns) }
            let flow = try walk(branch.body, element)
            variables.removeSubrange(mark...)
            if flow == .breaks { break }
        }
        return .on
    }

    private mutating func set(_ name: String, _ value: GoValue, assigns: Bool) {
        if assigns, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    // MARK: Pipelines and operands

    private mutating func evaluate(_ pipe: Pipe, _ dot: GoValue) throws -> GoValue {
        place = (pipe.position, pipe.source)
        var value: GoValue?
        for command in pipe.commands { value = try evaluate(command, dot, final: value) }
        let result = value ?? .null
        for name in pipe.variables { set(name, result, assigns: pipe.assigns) }
        return result
    }

    private mutating func evaluate(_ command: Command, _ dot: GoValue, final: GoValue?) throws -> GoValue {
        let first = command.arguments[0]
        let rest = command.arguments.dropFirst()
        switch first.kind {
        case .field(let names):
            place = (first.position, first.source)
            return try chain(dot, names, rest, dot, final)
        case .variable(let name, let names):
            place = (first.position, first.source)
            let value = variables.last { $0.name == name }?.value ?? .null
            if names.isEmpty {
                if !rest.isEmpty || final != nil { throw cannotTakeArguments(first) }
                return value
            }
            return try chain(value, names, rest, dot, final)
        case .chain(let base, let names):
            let value = try evaluate(base, dot)
            place = (first.position, first.source)
            return try chain(value, names, rest, dot, final)
        case .function(let name):
            return try call(name, first, command, rest, dot, final)
        case .pipe(let pipe):
            if !rest.isEmpty || final != nil { throw cannotTakeArguments(first) }
            return try evaluate(pipe, dot)
        case .null:
            place = (first.position, first.source)
            throw failure("nil is not a command")
        case .dot, .literal:
            place = (first.position, first.source)
            if !rest.isEmpty || final != nil { throw cannotTakeArguments(first) }
            if case .literal(let value) = first.kind { return value }
            return dot
        }
    }

    private func cannotTakeArguments(_ operand: Operand) -> TemplateError {
        failure("can't give argument to non-function \(operand.source)")
    }

    private mutating func evaluate(_ operand: Operand, _ dot: GoValue) throws -> GoValue {
        switch operand.kind {
        case .null: return .null
        case .literal(let value): return value
        case .dot: return dot
        default:
            return try evaluate(
                Command(arguments: [operand], position: operand.position), dot, final: nil)
        }
    }

    private mutating func arguments(
        _ operands: ArraySlice<Operand>, _ dot: GoValue, _ final: GoValue?
    ) throws -> [GoValue] {
        var values: [GoValue] = []
        for operand in operands { values.append(try evaluate(operand, dot)) }
        if let final { values.append(final) }
        return values
    }

    private mutating func call(
        _ name: String, _ operand: Operand, _ command: Command, _ rest: ArraySlice<Operand>, _ dot: GoValue,
        _ final: GoValue?
    ) throws -> GoValue {
        place = (operand.position, operand.source)
        if shortCircuit.contains(name) {
            if rest.isEmpty && final == nil { throw wrongCount(name, "at least 1", 0) }
            var value = GoValue.null
            for operand in rest {
                value = try evaluate(operand, dot)
                if value.isTrue == (name == "or") { return value }
            }
            return final ?? value
        }
        guard let function = template.functions[name] else {
            throw failure("\(quoteGo(name)) is not a defined function")
        }
        let count = rest.count + (final == nil ? 0 : 1)
        if !function.arity.contains(count) {
            let want = function.arity.lowerBound
            throw wrongCount(name, function.isVariadic ? "at least \(want)" : "\(want)", count)
        }
        let values = try arguments(rest, dot, final)
        place = (command.position, command.source)
        do {
            return try function.body(values)
        } catch let error as ArgumentTypeError {
            let wrong = error.index < rest.count ? rest[rest.startIndex + error.index] : operand
            place = (wrong.position, wrong.source)
            throw failure(error.message)
        } catch let error as TemplateError {
            throw failure("error calling \(name): \(error.description)")
        }
    }

    private func wrongCount(_ name: String, _ want: String, _ got: Int) -> TemplateError {
        failure("wrong number of args for \(name): want \(want) got \(got)")
    }

    /// Follows `names` from `value`; the arguments go to the last of them.
    private mutating func chain(
        _ value: GoValue, _ names: [String], _ rest: ArraySlice<Operand>, _ dot: GoValue, _ final: GoValue?
    ) throws -> GoValue {
        let here = place
        var value = value
        for name in names.dropLast() { value = try field(value, name, []) }
        let values = try arguments(rest, dot, final)
        place = here
        return try field(value, names.last ?? "", values)
    }

    private func field(_ value: GoValue, _ name: String, _ arguments: [GoValue]) throws -> GoValue {
        switch value {
        case .object(let object):
            do {
                if let member = try object.member(name, arguments) { return member }
            } catch let error as TemplateError {
                throw failure(error.description)
            }
            throw failure("can't evaluate field \(name) in type \(object.typeName)")
        case .map:
            if !arguments.isEmpty { throw failure("\(name) is not a method but has arguments") }
            if let entry = value.entry(name) { return entry }
            if template.missingKey == .error { throw failure("map has no entry for key \(quoteGo(name))") }
            return .null
        case .nilMap:
            if template.missingKey == .error { throw failure("map has no entry for key \(quoteGo(name))") }
            return .null
        case .null:
            if template.missingKey == .error { throw failure("nil data; no entry for key \(quoteGo(name))") }
            throw failure("nil pointer evaluating interface {}.\(name)")
        case .nilPointer:
            throw failure("nil pointer evaluating interface {}.\(name)")
        default:
            throw failure("can't evaluate field \(name) in type interface {}")
        }
    }
}

/// An argument of the wrong type: the error is shown at the argument, as Go does.
struct ArgumentTypeError: Error {
    let index: Int
    let message: String
}
