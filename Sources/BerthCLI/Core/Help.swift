internal import Linux
internal import TerminalUI

/// Lays out help texts as docker does, for people and for programs that read them.
enum Help {
    private static var width: Int { terminalSize(0).map { $0.columns > 0 ? $0.columns : 80 } ?? 80 }

    static func text(_ command: Command) -> String {
        var text = "Usage:  \(command.usageLine)\n\n\(command.summary)\n"
        if command.aliases.count > 1 {
            text += "\nAliases:\n  " + command.aliases.map { "docker " + $0 }.joined(separator: ", ") + "\n"
        }
        if command.flags.contains(where: { !$0.isHidden }) { text += "\nOptions:\n" + options(command.flags) }
        return text
    }

    /// The rows of an option list.
    static func options(_ flags: [Flag]) -> String {
        let rows = flags.filter { !$0.isHidden }.sorted { $0.name < $1.name }.map { flag in
            var label = flag.short.map { "  -\($0), --\(flag.name)" } ?? "      --\(flag.name)"
            if !flag.kind.name.isEmpty { label += " " + flag.kind.name }
            return (label, flag.help + standard(flag))
        }
        let column = (rows.map(\.0.count).max() ?? 0) + 3
        return rows.map { label, help in
            label + String(repeating: " ", count: column - label.count)
                + TextWrap.hanging(help, indent: column, width: width - 1) + "\n"
        }.joined()
    }

    private static func standard(_ flag: Flag) -> String {
        switch flag.kind {
        case .bool: return flag.standard == "true" ? " (default true)" : ""
        case .string: return flag.standard.isEmpty ? "" : " (default \"\(flag.standard)\")"
        default: return flag.standard.isEmpty ? "" : " (default \(flag.standard))"
        }
    }

    static func group(_ name: String, _ summary: String, _ commands: [Command]) -> String {
        var text = "Usage:  docker \(name) COMMAND\n\n\(summary)\n\nCommands:\n"
        text += list(
            commands.map { ($0.path.split(separator: " ").last.map { String($0) } ?? "", $0.summary) })
        return text + "\nRun 'docker \(name) COMMAND --help' for more information on a command.\n"
    }

    static func list(_ rows: [(String, String)]) -> String {
        let column = max(11, (rows.map(\.0.count).max() ?? 0) + 1)
        return rows.sorted { $0.0 < $1.0 }.map { name, summary in
            "  " + name + String(repeating: " ", count: column - name.count + 1) + firstLine(summary) + "\n"
        }.joined()
    }

    private static func firstLine(_ text: String) -> Substring { text.prefix { $0 != "\n" } }

    /// The whole program's help, with the plugins that there are.
    static func root(plugins: [Plugin] = []) -> String {
        var text =
            "Usage:  docker [OPTIONS] COMMAND\n\nberth: containers from the Engine API, with docker's commands\n"
        let commands = Registry.rootCommands
        let common = Registry.commonCommands
        text += "\nCommon Commands:\n"
        let shown = common.compactMap { name in commands.first { $0.path == name } }
        text += shown.map { command in
            "  " + command.path + String(repeating: " ", count: 12 - command.path.count)
                + firstLine(command.summary) + "\n"
        }.joined()
        text +=
            "\nManagement Commands:\n"
            + list(
                Registry.groups.map { ($0.name, $0.summary) } + plugins.map { ($0.name + "*", $0.summary) })
        if (environmentVariable("DOCKER_HIDE_LEGACY_COMMANDS") ?? "").isEmpty {
            text += "\nCommands:\n"
            text += list(
                commands.filter { !common.contains($0.path) && !$0.isHidden }.map { ($0.path, $0.summary) })
        }
        text += "\nGlobal Options:\n" + options(GlobalOptions.flags)
        return text + "\nRun 'docker COMMAND --help' for more information on a command.\n"
    }
}
