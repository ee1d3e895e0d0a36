/// Breaks the texts of option lists, as pflag lays them out.
public enum TextWrap {
    /// `text` in lines that end before column `width`, each but the first indented by `indent`.
    public static func hanging(_ text: String, indent: Int, width: Int) -> String {
        var indent = indent
        var room = width - indent
        var result = ""
        if room < 24 {
            indent = 16
            room = width - indent
            result = "\n" + String(repeating: " ", count: indent)
        }
        if room < 24 { return text.replacingNewlines(with: indent) }
        let slop = 5
        room -= slop
        var (line, rest) = take(Array(text.unicodeScalars)[...], room, slop)
        result += line.replacingNewlines(with: indent)
        while !rest.isEmpty {
            (line, rest) = take(rest, room, slop)
            result += "\n" + String(repeating: " ", count: indent) + line.replacingNewlines(with: indent)
        }
        return result
    }

    private static func take(
        _ text: ArraySlice<Unicode.Scalar>, _ room: Int, _ slop: Int
    ) -> (String, ArraySlice<Unicode.Scalar>) {
        func string(_ slice: ArraySlice<Unicode.Scalar>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: slice)
            return String(view)
        }
        if room + slop > text.count { return (string(text), []) }
        let window = text.prefix(room)
        guard let space = window.lastIndex(where: { $0 == " " || $0 == "\t" || $0 == "\n" }),
            space > text.startIndex
        else { return (string(text), []) }
        var cut = space
        if let newline = window.lastIndex(of: "\n"), newline > text.startIndex, newline < space {
            cut = newline
        }
        return (string(text[..<cut]), text[(cut + 1)...])
    }
}

extension String {
    fileprivate func replacingNewlines(with indent: Int) -> String {
        let lines = split(separator: "\n", omittingEmptySubsequences: false)
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}
