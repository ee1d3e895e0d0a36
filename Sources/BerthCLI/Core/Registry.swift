/// All the commands, by the ways in which they are called.
enum Registry {
    struct Group: Sendable {
        let name: String
        let summary: String
        /// The commands by their last word, and other names for them.
        let commands: [(names: [String], command: @Sendable () -> Command)]

        func find(_ word: String) -> Command? {
            commands.first { $0.names.contains(word) }.map { $0.command().renamed("\(name) \($0.names[0])") }
        }

        var help: String { Help.group(name, summary, commands.compactMap { find($0.names[0]) }) }
    }

    static let commonCommands = ["run", "exec", "ps", "images", "version", "info"]

    private static let root: [(name: String, command: @Sendable () -> Command)] = [
        ("run", { .run }), ("create", { .create }),
    ]

    static var rootCommands: [Command] { root.map { $0.command().renamed($0.name) } }

    static func find(_ word: String) -> Command? {
        root.first { $0.name == word }.map { $0.command().renamed($0.name) }
    }

    static let groups: [Group] = [
        Group(name: "container", summary: "Manage containers", commands: [(["run"], { .run }), (["create"], { .create })])
    ]
}
