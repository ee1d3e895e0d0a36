/// Commands that the buildx plugin carries out under other names.
enum BuildForwarding {
    /// The words for buildx that `words` (without global options) stand for; nil for any other command.
    static func words(_ words: [String]) -> [String]? {
        switch words.first {
        case "build": return ["buildx", "build"] + words.dropFirst()
        case "bake": return ["buildx", "bake"] + words.dropFirst()
        case "builder":
            // What docker has of it itself, and then the plugin's own commands.
            return ["buildx"] + words.dropFirst()
        case "image" where words.dropFirst().first == "build":
            return ["buildx", "build"] + words.dropFirst(2)
        default: return nil
        }
    }

    static let isMissing = CommandFailure(
        "ERROR: BuildKit is enabled but the buildx component is missing or broken.\n"
            + "       Put the buildx plugin (docker-buildx) into ~/.docker/cli-plugins to build images.")
}
