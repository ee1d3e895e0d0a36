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

    /// One cell: where it lies in the text, and how many characters it has.
    private struct Cell {
        let bytes: ArraySlice<UInt8>
        let width: Int

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            // All but the bytes that go on with a character.
            width = bytes.reduce(0) { $1 & 0xc0 == 0x80 ? $0 : $0 + 1 }
        }
    }

    /// `text` with its tabs replaced by spaces.
    public func align(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
            line.split(separator: 0x09, omittingEmptySubsequences: false).map { Cell($0) }
        }
        let endsWithNewline = lines.last.map { $0.count == 1 && $0[0].bytes.isEmpty } ?? false
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
                    width = max(width, lines[end][column].width + padding)
                    end += 1
                }
                for line in first..<end { widths[line][column] = width }
                first = end
            }
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 2)
        for (line, cells) in lines.enumerated() {
            for (column, cell) in cells.enumerated() {
                result += cell.bytes
                guard column < cells.count - 1 else { continue }
                let missing = max(0, widths[line][column] - cell.width)
                result.append(contentsOf: repeatElement(0x20, count: missing))
            }
            if line < lines.count - 1 || endsWithNewline { result.append(0x0a) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
