/// A parsed template of Go's `text/template`, with docker's own functions.
public struct Template {
    /// A function that templates may call; `nil` results print as `<no value>`.
    public typealias Function = ([GoValue]) throws -> GoValue

    /// What looking up a key that a map lacks does.
    public enum MissingKey: Sendable { case noValue, error }

    public let name: String
    public var missingKey = MissingKey.noValue
    let nodes: [Node]
    let defined: [String: [Node]]
    let functions: [String: FunctionEntry]

    /// Parses `text`; `functions` replaces or adds to the built-in ones.
    public init(_ text: String, name: String = "", functions: [String: FunctionEntry] = [:]) throws {
        let table = FunctionEntry.standard.merging(functions) { _, own in own }
        var parser = Parser(text, name: name) { table[$0] != nil || shortCircuit.contains($0) }
        nodes = try parser.parse()
        defined = parser.defined
        self.functions = table
        self.name = name
    }

    /// The same template with other functions, such as those that leave a table's headers as they are.
    public func replacing(functions changes: [String: FunctionEntry]) -> Template {
        Template(copying: self, functions: functions.merging(changes) { _, own in own })
    }

    private init(copying other: Template, functions: [String: FunctionEntry]) {
        name = other.name
        missingKey = other.missingKey
        nodes = other.nodes
        defined = other.defined
        self.functions = functions
    }

    /// The text that the template makes of `data`.
    public func render(_ data: GoValue) throws -> String {
        var output = ""
        try render(data, to: &output)
        return output
    }

    /// Appends the text for `data`; after an error `output` holds what came before it.
    public func render(_ data: GoValue, to output: inout String) throws {
        var executor = Executor(template: self, data: data)
        defer { output += executor.output }
        try executor.run()
    }
}

/// `and` and `or` see their arguments one by one.
let shortCircuit: Set<String> = ["and", "or"]

/// A function with its number of arguments, which the executor checks as Go does.
public struct FunctionEntry {
    let arity: ClosedRange<Int>
    let isVariadic: Bool
    let body: Template.Function

    /// A function that takes exactly `count` arguments.
    public init(_ count: Int, _ body: @escaping Template.Function) {
        (arity, isVariadic, self.body) = (count...count, false, body)
    }

    /// A function that takes `count` arguments or more.
    public init(atLeast count: Int, _ body: @escaping Template.Function) {
        (arity, isVariadic, self.body) = (count...Int.max, true, body)
    }
}
