/// A parsed piece of a template.
indirect enum Node {
    case text(String)
    case action(Pipe)
    case branch(Branch)
    case template(name: String, argument: Pipe?, position: Int)
    case breakLoop, continueLoop
}

/// `if`, `with` or `range` with its bodies.
struct Branch {
    enum Kind { case condition, with, range }
    let kind: Kind
    let pipe: Pipe
    var body: [Node]
    var otherwise: [Node]
}

/// Commands joined by `|`, and the variables that take the result.
struct Pipe {
    var variables: [String] = []
    var assigns = false
    var commands: [Command] = []
    var position: Int
    var source = ""
}

/// A function, method or value with its arguments.
struct Command {
    var arguments: [Operand]
    var position: Int
    var source: String { arguments.map(\.source).joined(separator: " ") }
}

/// One operand; `position` and `source` are for error texts.
struct Operand {
    indirect enum Kind {
        case dot, null
        case literal(GoValue)
        case field([String])
        case variable(String, [String])
        case function(String)
        case pipe(Pipe)
        case chain(Operand, [String])
    }
    var kind: Kind
    var position: Int
    var source: String
}
