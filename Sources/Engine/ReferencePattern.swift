internal import OCI
internal import OrderedJSON

/// The `reference` filter of image lists: shell patterns, of which `*` never matches a slash.
enum ReferencePattern {
    /// Whether `name`, with or without its tag, matches.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let repository = (try? ImageReference(parsing: name))?.familiarName ?? name
        return glob(Array(pattern.utf8)[...], Array(name.utf8)[...])
            || glob(Array(pattern.utf8)[...], Array(repository.utf8)[...])
    }

    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern
        var text = text
        while let first = pattern.first {
            switch first {
            case UInt8(ascii: "*"):
                let rest = pattern.dropFirst()
                var tail = text
                while true {
                    if glob(rest, tail) { return true }
                    guard let next = tail.first, next != UInt8(ascii: "/") else { return false }
                    tail = tail.dropFirst()
                }
            case UInt8(ascii: "?"):
                guard let next = text.first, next != UInt8(ascii: "/") else { return false }
                text = text.dropFirst()
            default:
                guard text.first == first else { return false }
                text = text.dropFirst()
            }
            pattern = pattern.dropFirst()
        }
        return text.isEmpty
    }
}

/// A platform as the API's `platform` parameters carry it: `{"os":"linux","architecture":"arm64"}`.
struct PlatformDocument {
    let platform: Platform

    init(parsing text: String) throws {
        platform = try OrderedJSONDecoder().decode(Platform.self, from: Array(text.utf8))
    }
}
