/// Aligns tab-separated cells in columns, as Go's `text/tabwriter` does with docker's settings.
///
/// A column is as wide as its widest cell and its padding, at least ``minimumWidth``; text behind a line's last
/// tab belongs to no column. A run of lines that have a column share its width.
public struct ColumnWriter: Sendable {
    public var minimumWidth: Int
    public var padding: Int

    public init(minimumWidth: Int = 10, padding: Int = 3) {
        self.minimumWidth = minimumWidth
        self.padding = padding
    }

    /// `text` with its tabs replaced by spaces.
    public func align(_ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
        }
        let endsWithNewline = lines.last == [""]
        if endsWithNewline { lines.removeLast() }
        var widths = lines.map { [Int](repeating: 0, count: max(0, $0.count - 1)) }
        let columns = lines.map(\.count).max() ?? 0
        for column in 0..<max(0, columns - 1) {
            var first = 0
            while first < lines.count {
                guard lines[first].count > column + 1 else {
                    first += 1
                    continue
                }
                var end = first
                var width = minimumWidth
                while end < lines.count, lines[end].count > column + 1 {
                    width = max(width, lines[end][column].unicodeScalars.count + padding)
                    end += 1
                }
                for line in first..<end { widths[line][column] = width }
                first = end
            }
        }
        var result = ""
        for (line, cells) in lines.enumerated() {
            for (column, cell) in cells.enumerated() {
                result += cell
                guard column < cells.count - 1 else { continue }
                let missing = widths[line][column] - cell.unicodeScalars.count
                result += String(repeating: " ", count: max(0, missing))
            }
            if line < lines.count - 1 || endsWithNewline { result += "\n" }
        }
        return result
    }
}
