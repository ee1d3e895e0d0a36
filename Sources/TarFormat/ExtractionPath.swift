internal import Linux

/// An entry's name as Go's `filepath.Clean` has it, below the place that is extracted to.
struct ExtractionPath: Hashable {
    /// Empty for the place itself.
    let components: [RawPath]

    /// Cleans `path`; nil where it climbs above the place. A leading slash means nothing.
    init?(_ path: RawPath) {
        var components: [RawPath] = []
        for part in path.bytes.split(separator: 0x2f) {
            if part.elementsEqual([0x2e]) { continue }
            if part.elementsEqual([0x2e, 0x2e]) {
                if components.popLast() == nil { return nil }
            } else {
                components.append(RawPath(part))
            }
        }
        self.components = components
    }

    var name: RawPath? { components.last }
    /// Without a slash at either end; empty for the place itself.
    var parent: RawPath { Self.joined(components.dropLast()) }
    var whole: RawPath { Self.joined(components[...]) }

    static func joined(_ components: ArraySlice<RawPath>) -> RawPath {
        RawPath(components.map(\.bytes).joined(separator: [0x2f]))
    }
}
