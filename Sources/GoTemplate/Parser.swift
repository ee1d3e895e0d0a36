/// Builds the tree of a template out of its tokens.
struct Parser {
    private let tokens: [Token]
    private let source: String
    private let name: String
    private let isFunction: (String) -> Bool
    private var index = 0
    private var variables = ["$"]
    private var rangeDepth = 0
    private(set) var defined: [String: [Node]] = [:]

    init(_ source: String, name: String, isFunction: @escaping (String) -> Bool) {
        self.source = source
        self.name = name
        self.isFunction = isFunction
        tokens = Lexer(source).tokens
    }

    mutating func parse() throws -> [Node] {
        let (nodes, ending) = try parseList(top: true)
        if let ending { throw failure("unexpected {{\(ending.text)}}", at: ending) }
        return nodes
    }

    // MARK: Tokens

    private func failure(_ message: String, at token: Token) -> TemplateError {
        let line = source.utf8.prefix(token.position).reduce(1) { $1 == 10 ? $0 + 1 : $0 }
        return TemplateError("template: \(name):\(line): \(message)", isSyntax: true)
    }

    private var current: Token { tokens[min(index, tokens.count - 1)] }

    private mutating func next() throws -> Token {
        let token = current
        index += 1
        if token.kind == .bad { throw failure(token.text, at: token) }
        return token
    }

    private mutating func skipSpace() { while current.kind == .space { index += 1 } }

    private mutating func nextWord() throws -> Token {
        skipSpace()
        return try next()
    }

    private func unexpected(_ token: Token, _ context: String) -> TemplateError {
        token.kind == .bad
            ? failure(token.text, at: token) : failure("unexpected \(token.shown) in \(context)", at: token)
    }

    private mutating func expect(_ kind: Token.Kind, _ context: String) throws {
        let token = try nextWord()
        if token.kind != kind { throw unexpected(token, context) }
    }

    // MARK: Lists and control

    /// Nodes up to `{{end}}`, `{{else}}` or the end of the text; the keyword that ended them.
    private mutating func parseList(top: Bool = false) throws -> ([Node], Token?) {
        var nodes: [Node] = []
        while true {
            let token = try next()
            switch token.kind {
            case .text: nodes.append(.text(token.text))
            case .end:
                if !top { throw failure("unexpected EOF", at: token) }
                return (nodes, nil)
            case .leftDelimiter:
                skipSpace()
                if current.kind == .keyword {
                    let keyword = try next()
                    if keyword.text == "end" || keyword.text == "else" { return (nodes, keyword) }
                    if let node = try parseKeyword(keyword) { nodes.append(node) }
                } else {
                    nodes.append(.action(try parsePipe("command", until: .rightDelimiter)))
                }
            default: throw unexpected(token, "input")
            }
        }
    }

    private mutating func parseKeyword(_ keyword: Token) throws -> Node? {
        switch keyword.text {
        case "if": return .branch(try parseBranch(.condition, "if"))
        case "with": return .branch(try parseBranch(.with, "with"))
        case "range": return .branch(try parseBranch(.range, "range"))
        case "break", "continue":
            if rangeDepth == 0 { throw failure("{{\(keyword.text)}} outside {{range}}", at: keyword) }
            try expect(.rightDelimiter, "{{\(keyword.text)}}")
            return keyword.text == "break" ? .breakLoop : .continueLoop
        case "template":
            let (name, argument) = try parseTemplateName("template clause")
            return .template(name: name, argument: argument, position: keyword.position)
        case "define":
            let (name, _) = try parseTemplateName("define clause")
            defined[name] = try parseBody()
            return nil
        case "block":
            let (name, argument) = try parseTemplateName("block clause")
            defined[name] = try parseBody()
            return .template(name: name, argument: argument, position: keyword.position)
        default: throw unexpected(keyword, "command")
        }
    }

    private mutating func parseTemplateName(_ context: String) throws -> (String, Pipe?) {
        let token = try nextWord()
        guard token.kind == .string || token.kind == .rawString, let name = unquoteGo(token.text) else {
            throw unexpected(token, context)
        }
        skipSpace()
        if current.kind == .rightDelimiter {
            index += 1
            return (name, nil)
        }
        return (name, try parsePipe(context, until: .rightDelimiter))
    }

    private mutating func parseBody() throws -> [Node] {
        let outer = variables
        variables = ["$"]
        defer { variables = outer }
        let (nodes, ending) = try parseList()
        if let ending, ending.text != "end" { throw unexpected(ending, "define clause") }
        try expect(.rightDelimiter, "end")
        return nodes
    }

    private mutating func parseBranch(_ kind: Branch.Kind, _ word: String) throws -> Branch {
        let outer = variables
        defer { variables = outer }
        let pipe = try parsePipe(word, until: .rightDelimiter)
        if kind == .range { rangeDepth += 1 }
        var (body, ending) = try parseList()
        if kind == .range { rangeDepth -= 1 }
        var otherwise: [Node] = []
        if let ending, ending.text == "else" {
            skipSpace()
            if current.kind == .keyword, current.text == word, kind != .range {
                index += 1
                otherwise = [.branch(try parseBranch(kind, word))]
                return Branch(kind: kind, pipe: pipe, body: body, otherwise: otherwise)
            }
            try expect(.rightDelimiter, "else")
            let rest = try parseList()
            if let last = rest.1, last.text != "end" {
                throw failure("expected end; found {{else}}", at: last)
            }
            otherwise = rest.0
        }
        try expect(.rightDelimiter, "end")
        ending = nil
        return Branch(kind: kind, pipe: pipe, body: body, otherwise: otherwise)
    }

    // MARK: Pipelines

    private mutating func parsePipe(_ context: String, until closing: Token.Kind) throws -> Pipe {
        skipSpace()
        var pipe = Pipe(position: current.position)
        try parseDeclarations(&pipe, context)
        while true {
            skipSpace()
            let token = current
            switch token.kind {
            case closing:
                index += 1
                try check(pipe, context, token)
                pipe.source = pipe.commands.map(\.source).joined(separator: " | ")
                return pipe
            case .bool, .character, .dot, .field, .identifier, .number, .nilWord, .rawString, .string,
                .variable,
                .leftParen:
                pipe.commands.append(try parseCommand())
            default: throw unexpected(token, context)
            }
        }
    }

    private mutating func parseDeclarations(_ pipe: inout Pipe, _ context: String) throws {
        guard current.kind == .variable else { return }
        let saved = index
        var names = [current.text]
        index += 1
        skipSpace()
        if current.kind == .comma, context == "range" {
            index += 1
            skipSpace()
            if current.kind == .variable {
                names.append(current.text)
                index += 1
                skipSpace()
            }
        }
        guard current.kind == .declare || current.kind == .assign else {
            index = saved
            return
        }
        pipe.assigns = current.kind == .assign
        pipe.variables = names
        if pipe.assigns {
            for name in names where !variables.contains(name) {
                throw failure("undefined variable \(quoteGo(name))", at: current)
            }
        } else {
            variables += names
        }
        index += 1
    }

    private func check(_ pipe: Pipe, _ context: String, _ token: Token) throws {
        if pipe.commands.isEmpty { throw failure("missing value for \(context)", at: token) }
        for (offset, command) in pipe.commands.dropFirst().enumerated() {
            switch command.arguments[0].kind {
            case .literal, .dot, .null:
                throw failure("non executable command in pipeline stage \(offset + 2)", at: token)
            default: break
            }
        }
    }

    private mutating func parseCommand() throws -> Command {
        skipSpace()
        var command = Command(arguments: [], position: current.position)
        while true {
            skipSpace()
            if let operand = try parseOperand() { command.arguments.append(operand) }
            let token = try next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParen: index -= 1
            case .pipe: break
            default: throw unexpected(token, "operand")
            }
            break
        }
        if command.arguments.isEmpty { throw failure("empty command", at: current) }
        return command
    }

    private mutating func parseOperand() throws -> Operand? {
        guard var operand = try parseTerm() else { return nil }
        guard current.kind == .field else { return operand }
        let position = current.position
        var names: [String] = []
        var source = operand.source
        while current.kind == .field {
            names.append(String(current.text.dropFirst()))
            source += current.text
            index += 1
        }
        switch operand.kind {
        case .field(let first): operand.kind = .field(first + names)
        case .variable(let name, let first): operand.kind = .variable(name, first + names)
        case .literal, .null, .dot:
            throw failure("unexpected . after term \(quoteGo(operand.source))", at: current)
        default:
            return Operand(kind: .chain(operand, names), position: position, source: source)
        }
        operand.position = position
        operand.source = source
        return operand
    }

    private mutating func parseTerm() throws -> Operand? {
        skipSpace()
        let token = try next()
        func operand(_ kind: Operand.Kind) -> Operand {
            Operand(kind: kind, position: token.position, source: token.text)
        }
        switch token.kind {
        case .identifier:
            if !isFunction(token.text) {
                throw failure("function \(quoteGo(token.text)) not defined", at: token)
            }
            return operand(.function(token.text))
        case .dot: return operand(.dot)
        case .nilWord: return operand(.null)
        case .variable:
            if !variables.contains(token.text) {
                throw failure("undefined variable \(quoteGo(token.text))", at: token)
            }
            return operand(.variable(token.text, []))
        case .field: return operand(.field([String(token.text.dropFirst())]))
        case .bool: return operand(.literal(.bool(token.text == "true")))
        case .number: return operand(.literal(parseNumber(token.text) ?? .null))
        case .string, .rawString:
            guard let text = unquoteGo(token.text) else { throw failure("invalid syntax", at: token) }
            return operand(.literal(.string(text)))
        case .character:
            guard let text = unquoteGo(token.text), let scalar = text.unicodeScalars.first else {
                throw failure("malformed character constant: \(token.text)", at: token)
            }
            return operand(.literal(.integer(Int(scalar.value))))
        case .leftParen:
            let pipe = try parsePipe("parenthesized pipeline", until: .rightParen)
            return Operand(kind: .pipe(pipe), position: token.position, source: "(\(pipe.source))")
        default:
            index -= 1
            return nil
        }
    }
}
