internal import GoTemplate
internal import TerminalUI

/// Prints rows in the format that the user asked for.
struct TableOutput {
    let cli: CLI
    /// What `--format` says; empty means the command's table.
    var format: String
    var quiet = false
    /// The template of the table without `--format`.
    var standard: String
    /// The template for `--quiet`.
    var quietField = "{{.ID}}"
    /// The template that `raw` stands for.
    var raw: String?
    var titles: [(key: String, value: String)]

    static let help = """
        Print with a template:
        'table':            as a table with column headers (default)
        'table TEMPLATE':   as a table with the columns of a Go template
        'json':             as JSON, one object a line
        'TEMPLATE':         with a Go template
        """

    /// The option that every list has.
    static let formatFlag = Flag("format", nil, .string, help)

    /// Prints `rows`, the table's titles first if there are any.
    func show(_ rows: some Sequence<Row>) throws { cli.write(try text(rows)) }

    /// What ``show(_:)`` prints.
    func text(_ rows: some Sequence<Row>) throws -> String {
        var text = format.isEmpty ? "table" : format
        var isTable = false
        if text.hasPrefix("table") {
            isTable = true
            let rest = text.dropFirst(5)
            if rest.isEmpty {
                text = standard
                if quiet { (text, isTable) = (quietField, false) }
            } else {
                text = String(rest)
            }
        } else if text == "json" {
            text = "{{json .}}"
        } else if text == "raw", let raw {
            return try Self.text(rows, template: raw, isTable: false, titles)
        } else if quiet, format.isEmpty {
            text = quietField
        }
        return try Self.text(rows, template: text.trimmedSpace, isTable: isTable, titles)
    }

    private static func text(
        _ rows: some Sequence<Row>, template text: String, isTable: Bool,
        _ titles: [(key: String, value: String)]
    ) throws -> String {
        let template: Template
        do { template = try Template(unescape(text)) } catch {
            throw CommandFailure("template parsing error: \(error)")
        }
        var body = ""
        do {
            for row in rows {
                try template.render(.object(row), to: &body)
                body += "\n"
            }
        } catch {
            throw CommandFailure("template parsing error: \(error)")
        }
        guard isTable else { return body }
        let header = try template.replacing(functions: FunctionEntry.headerFunctions)
            .render(.object(HeaderRow(titles: titles)))
        return ColumnWriter().align(header + "\n" + body)
    }

    /// Tries `format` on a row without content, as `ps` does before it asks the engine.
    static func check(_ format: String, with row: Row) throws {
        let template: Template
        do { template = try Template(unescape(format)) } catch {
            throw CommandFailure("failed to parse template: \(error)")
        }
        do { _ = try template.render(.object(row)) } catch {
            throw CommandFailure("failed to execute template: \(error)")
        }
    }

    /// `\t` and `\n` as users type them in the shell.
    static func unescape(_ text: String) -> String {
        var result = "", rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "\\", let next = rest.first, next == "t" || next == "n" {
                result += next == "t" ? "\t" : "\n"
                rest.removeFirst()
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension String {
    /// Without spaces and line breaks at both ends.
    var trimmedSpace: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) })
        else {
            return ""
        }
        return String(self[first...last])
    }
}
