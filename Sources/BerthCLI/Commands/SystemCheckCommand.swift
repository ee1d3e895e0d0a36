internal import EngineClient

extension Command {
    static let systemCheck = Command(
        path: "system check", usage: "[OPTIONS]",
        summary: "Verify every image, layer and blob that the engine keeps (berth only)",
        flags: [Flag("repair", nil, .bool, "Mend what can be mended, and remove what is broken")],
        arguments: .none
    ) { cli, flags in
        let query = flags.bool("repair") ? [("repair", "1")] : []
        var progress = ProgressStream(cli)
        cli.flush()
        try progress.show(
            try cli.client().send(EngineClient.Request("POST", "/berth/system/check", query: query)))
        return 0
    }
}
