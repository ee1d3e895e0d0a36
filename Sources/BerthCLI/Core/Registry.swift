/// All the commands, by the ways in which they are called.
enum Registry {
    typealias Make = @Sendable () -> Command

    struct Group: Sendable {
        let name: String
        let summary: String
        /// The commands by their last word, and other names for them.
        let commands: [(names: [String], command: Make)]

        func find(_ word: String) -> Command? {
            commands.first { $0.names.contains(word) }.map { $0.command().renamed("\(name) \($0.names[0])") }
        }

        var help: String { Help.group(name, summary, commands.compactMap { find($0.names[0]) }) }
    }

    static let commonCommands = ["run", "exec", "ps", "pull", "images", "version", "info"]

    private static let root: [(name: String, command: Make)] = [
        ("attach", { .attach }), ("commit", { .commit }), ("create", { .create }), ("diff", { .diff }),
        ("events", { .events }), ("exec", { .exec }),
        ("export", { .export }), ("history", { .history }), ("images", { .images }),
        ("import", { .importImage }),
        ("info", { .info }), ("inspect", { .inspect }), ("kill", { .kill }), ("load", { .load }),
        ("logs", { .logs }),
        ("pause", { .pause }), ("port", { .port }), ("ps", { .ps }), ("pull", { .pull }),
        ("rename", { .rename }),
        ("restart", { .restart }), ("rm", { .rm }), ("rmi", { .rmi }), ("run", { .run }), ("save", { .save }),
        ("start", { .start }), ("stop", { .stop }), ("tag", { .tag }), ("top", { .top }),
        ("unpause", { .unpause }), ("update", { .update }), ("version", { .version }), ("wait", { .wait }),
    ]

    static var rootCommands: [Command] { root.map { $0.command().renamed($0.name) } }

    static func find(_ word: String) -> Command? {
        root.first { $0.name == word }.map { $0.command().renamed($0.name) }
    }

    static var groups: [Group] {
        [
            Group(
                name: "container", summary: "Manage containers",
                commands: [
                    (["attach"], { .attach }), (["commit"], { .commit }), (["create"], { .create }),
                    (["diff"], { .diff }),
                    (["exec"], { .exec }), (["prune"], { .containerPrune }), (["top"], { .top }),
                    (["update"], { .update }),
                    (["export"], { .export }), (["inspect"], { .containerInspect }), (["kill"], { .kill }),
                    (["logs"], { .logs }), (["ls", "list", "ps"], { .ps }), (["pause"], { .pause }),
                    (["port"], { .port }), (["rename"], { .rename }), (["restart"], { .restart }),
                    (["rm", "remove"], { .rm }), (["run"], { .run }), (["start"], { .start }),
                    (["stop"], { .stop }),
                    (["unpause"], { .unpause }), (["wait"], { .wait }),
                ]),
            Group(
                name: "image", summary: "Manage images",
                commands: [
                    (["history"], { .history }), (["import"], { .importImage }),
                    (["inspect"], { .imageInspect }),
                    (["load"], { .load }), (["ls", "list"], { .images }), (["prune"], { .imagePrune }),
                    (["pull"], { .pull }),
                    (["rm", "remove"], { .rmi }), (["save"], { .save }), (["tag"], { .tag }),
                ]),
            Group(
                name: "network", summary: "Manage networks",
                commands: [
                    (["connect"], { .networkConnect }), (["create"], { .networkCreate }),
                    (["disconnect"], { .networkDisconnect }), (["prune"], { .networkPrune }),
                    (["inspect"], { .networkInspect }), (["ls", "list"], { .networkList }),
                    (["rm", "remove"], { .networkRemove }),
                ]),
            Group(
                name: "system", summary: "Manage Docker",
                commands: [
                    (["df"], { .diskUsage }), (["events"], { .events }), (["info"], { .info }),
                    (["prune"], { .systemPrune }),
                ]),
            Group(
                name: "volume", summary: "Manage volumes",
                commands: [
                    (["create"], { .volumeCreate }), (["inspect"], { .volumeInspect }),
                    (["prune"], { .volumePrune }),
                    (["ls", "list"], { .volumeList }), (["rm", "remove"], { .volumeRemove }),
                ]),
        ]
    }
}
