internal import EngineClient
internal import Linux
internal import OrderedJSON
internal import TerminalUI

private typealias Request = EngineClient.Request

/// Removes what is not used, after a question.
struct Prune {
    let cli: CLI
    let flags: ParsedFlags

    /// Whether the user agrees to `warning`; without a question under `--force`.
    func confirm(_ warning: String) throws -> Bool {
        if flags.bool("force") { return true }
        cli.write("\(warning)\nAre you sure you want to continue? [y/N] ")
        cli.flush()
        var byte: [UInt8] = [0], answer: [UInt8] = []
        while try byte.withUnsafeMutableBytes({ try readBytes(0, into: $0) }) == 1, byte[0] != 10 {
            answer += byte
        }
        return String(decoding: answer, as: UTF8.self).lowercased().trimmedSpace.hasPrefix("y")
    }

    /// Prunes one kind and returns what was freed.
    func perform(_ kind: String, filters: [String], title: String, field: String) throws -> Double {
        let query = Filters.text(filters).map { [("filters", $0)] } ?? []
        let report = try cli.client().json(Request("POST", "/\(kind)/prune", query: query))
        let removed = report[field]?.arrayValue ?? []
        if !removed.isEmpty {
            cli.print("Deleted \(title):")
            for entry in removed {
                if let name = entry.stringValue { cli.print(name) }
                if let name = entry["Untagged"]?.stringValue, !name.isEmpty { cli.print("untagged: \(name)") }
                if let name = entry["Deleted"]?.stringValue, !name.isEmpty { cli.print("deleted: \(name)") }
            }
            cli.print("")
        }
        return report["SpaceReclaimed"]?.doubleValue ?? 0
    }

    /// Prunes the build cache.
    func performBuild(all: Bool, filters: [String]) throws -> Double {
        var query = Filters.text(filters).map { [("filters", $0)] } ?? []
        if all { query.append(("all", "1")) }
        let report = try cli.client().json(Request("POST", "/build/prune", query: query))
        let removed = (report["CachesDeleted"]?.arrayValue ?? []).compactMap(\.stringValue)
        if !removed.isEmpty {
            cli.print("Deleted build cache objects:")
            for name in removed { cli.print(name) }
            cli.print("")
        }
        return report["SpaceReclaimed"]?.doubleValue ?? 0
    }

    func total(_ bytes: Double) { cli.print("Total reclaimed space: \(HumanUnits.size(bytes))") }
}

extension Command {
    private static let force = Flag("force", "f", .bool, "Ask no question")
    private static let filter = Flag(
        "filter", nil, .filter, "Remove only what meets a condition (name=value)")

    private static func pruning(
        _ path: String, _ summary: String, flags: [Flag] = [],
        run: @escaping @Sendable (Prune) throws -> Void
    ) -> Command {
        Command(
            path: path, usage: "[OPTIONS]", summary: summary, flags: [filter, force] + flags, arguments: .none
        ) { cli, flags in
            try run(Prune(cli: cli, flags: flags))
            return 0
        }
    }

    static let containerPrune = pruning("container prune", "Remove all stopped containers") { prune in
        guard try prune.confirm("WARNING! This will remove all stopped containers.") else { return }
        prune.total(
            try prune.perform(
                "containers", filters: prune.flags.list("filter"), title: "Containers",
                field: "ContainersDeleted"))
    }

    static let imagePrune = pruning(
        "image prune", "Remove unused images",
        flags: [
            Flag(
                "all", "a", .bool, "Remove every image that no container uses, not only those without a name")
        ]
    ) { prune in
        let all = prune.flags.bool("all")
        let warning =
            all
            ? "WARNING! This will remove all images without at least one container associated to them."
            : "WARNING! This will remove all dangling images."
        guard try prune.confirm(warning) else { return }
        let filters = prune.flags.list("filter") + ["dangling=\(!all)"]
        prune.total(try prune.perform("images", filters: filters, title: "Images", field: "ImagesDeleted"))
    }

    static let volumePrune = pruning(
        "volume prune", "Remove unused local volumes",
        flags: [Flag("all", "a", .bool, "Remove named volumes too, not only anonymous ones")]
    ) { prune in
        let all = prune.flags.bool("all")
        if all, prune.flags.list("filter").contains(where: { $0.hasPrefix("all=") }) {
            throw CommandFailure("conflicting options: cannot specify both --all and --filter all=1")
        }
        let what = all ? "all local volumes" : "anonymous local volumes"
        guard try prune.confirm("WARNING! This will remove \(what) not used by at least one container.")
        else { return }
        let filters = prune.flags.list("filter") + (all ? ["all=true"] : [])
        prune.total(try prune.perform("volumes", filters: filters, title: "Volumes", field: "VolumesDeleted"))
    }

    static let networkPrune = pruning("network prune", "Remove all unused networks") { prune in
        let warning = "WARNING! This will remove all custom networks not used by at least one container."
        guard try prune.confirm(warning) else { return }
        _ = try prune.perform(
            "networks", filters: prune.flags.list("filter"), title: "Networks", field: "NetworksDeleted")
    }

    static let systemPrune = pruning(
        "system prune", "Remove unused data",
        flags: [
            Flag(
                "all", "a", .bool, "Remove every image that no container uses, not only those without a name"),
            Flag("volumes", nil, .bool, "Remove anonymous volumes too"),
        ]
    ) { prune in
        let all = prune.flags.bool("all"), volumes = prune.flags.bool("volumes")
        if volumes, prune.flags.list("filter").contains(where: { $0.hasPrefix("until=") }) {
            throw CommandFailure("ERROR: The \"until\" filter is not supported with \"--volumes\"")
        }
        var warning =
            "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n"
        if volumes { warning += "  - all anonymous volumes not used by at least one container\n" }
        warning +=
            all
            ? "  - all images without at least one container associated to them\n  - all build cache\n"
            : "  - all dangling images\n  - unused build cache\n"
        if !prune.flags.list("filter").isEmpty {
            warning += "\n  Items to be pruned will be filtered with:\n"
            for filter in prune.flags.list("filter").sorted() { warning += "  - \(filter)\n" }
        }
        guard try prune.confirm(warning) else { return }
        let filters = prune.flags.list("filter")
        var freed = try prune.perform(
            "containers", filters: filters, title: "Containers", field: "ContainersDeleted")
        _ = try prune.perform("networks", filters: filters, title: "Networks", field: "NetworksDeleted")
        if volumes {
            freed += try prune.perform("volumes", filters: filters, title: "Volumes", field: "VolumesDeleted")
        }
        freed += try prune.perform(
            "images", filters: filters + ["dangling=\(!all)"], title: "Images", field: "ImagesDeleted")
        freed += try prune.performBuild(all: all, filters: filters)
        prune.total(freed)
    }
}
