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

        var isHidden = false
        /// How error texts call it.
        var usage: String { name == "volume" ? "volume COMMAND" : name }

        /// Those that the help shows.
        var visibleCommands: [Command] { commands.compactMap { find($0.names[0]) }.filter { !$0.isHidden } }

        var help: String { Help.group(name, summary, visibleCommands) }
    }

    static let commonCommands = [
        "run", "exec", "ps", "pull", "push", "images", "login", "logout", "search", "version", "info",
    ]

    private static let root: [(name: String, command: Make)] = [
        ("attach", { .attach }), ("commit", { .commit }), ("cp", { .copy }), ("create", { .create }),
        ("diff", { .diff }),
        ("events", { .events }), ("exec", { .exec }),
        ("export", { .export }), ("history", { .history }), ("images", { .images }),
        ("import", { .importImage }),
        ("info", { .info }), ("inspect", { .inspect }), ("kill", { .kill }), ("load", { .load }),
        ("login", { .login }), ("logout", { .logout }), ("logs", { .logs }),
        ("pause", { .pause }), ("port", { .port }), ("ps", { .ps }), ("pull", { .pull }), ("push", { .push }),
        ("search", { .search }),
        ("rename", { .rename }),
        ("restart", { .restart }), ("rm", { .rm }), ("rmi", { .rmi }), ("run", { .run }), ("save", { .save }),
        ("start", { .start }), ("stats", { .stats }), ("stop", { .stop }), ("tag", { .tag }),
        ("top", { .top }),
        ("unpause", { .unpause }), ("update", { .update }), ("version", { .version }), ("wait", { .wait }),
    ]

    static var rootCommands: [Command] { root.map { $0.command().renamed($0.name) } }

    static func find(_ word: String) -> Command? {
        root.first { $0.name == word }.map { $0.command().renamed($0.name) }
    }

    /// The group of that name, hidden ones too.
    static func group(_ word: String) -> Group? { (groups + hiddenGroups).first { $0.name == word } }

    /// Whether the word is a command or group of our own.
    static func isCommand(_ word: String) -> Bool {
        root.contains { $0.name == word } || group(word) != nil || word == "help"
    }

    private static let hiddenGroups = [
        Group(
            name: "completion",
            summary: "Generate the autocompletion script for docker for the specified shell.\n"
                + "See each sub-command's help for details on how to use the generated script.",
            commands: [
                (["bash"], { .completionBash }), (["fish"], { .completionFish }),
                (["powershell"], { .completionPowershell }), (["zsh"], { .completionZsh }),
            ], isHidden: true)
    ]

    static var groups: [Group] {
        [
            Group(
                name: "container", summary: "Manage containers",
                commands: [
                    (["attach"], { .attach }), (["commit"], { .commit }), (["cp"], { .copy }),
                    (["create"], { .create }),
                    (["diff"], { .diff }),
                    (["exec"], { .exec }), (["prune"], { .containerPrune }), (["top"], { .top }),
                    (["update"], { .update }),
                    (["export"], { .export }), (["inspect"], { .containerInspect }), (["kill"], { .kill }),
                    (["logs"], { .logs }), (["ls", "list", "ps"], { .ps }), (["pause"], { .pause }),
                    (["port"], { .port }), (["rename"], { .rename }), (["restart"], { .restart }),
                    (["rm", "remove"], { .rm }), (["run"], { .run }), (["start"], { .start }),
                    (["stats"], { .stats }), (["stop"], { .stop }),
                    (["unpause"], { .unpause }), (["wait"], { .wait }),
                ]),
            Group(
                name: "context", summary: "Manage contexts",
                commands: [
                    (["create"], { .contextCreate }), (["export"], { .contextExport }),
                    (["import"], { .contextImport }), (["inspect"], { .contextInspect }),
                    (["ls", "list"], { .contextList }), (["rm", "remove"], { .contextRemove }),
                    (["show"], { .contextShow }), (["update"], { .contextUpdate }),
                    (["use"], { .contextUse }),
                ]),
            Group(
                name: "image", summary: "Manage images",
                commands: [
                    (["history"], { .history }), (["import"], { .importImage }),
                    (["inspect"], { .imageInspect }),
                    (["load"], { .load }), (["ls", "list"], { .images }), (["prune"], { .imagePrune }),
                    (["pull"], { .pull }), (["push"], { .push }),
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
                    (["check"], { .systemCheck }), (["df"], { .diskUsage }), (["dial-stdio"], { .dialStdio }),
                    (["events"], { .events }),
                    (["info"], { .info }),
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
