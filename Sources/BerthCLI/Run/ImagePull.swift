internal import EngineClient
internal import Linux

/// Pulls an image, and shows how far it is.
struct ImagePull {
    let cli: CLI

    func pull(_ reference: ImageName, platform: String, quiet: Bool, toError: Bool) throws {
        var query = [("fromImage", fullName(reference.name))]
        query.append(("tag", reference.digest ?? reference.tag ?? "latest"))
        if !platform.isEmpty { query.append(("platform", platform)) }
        let response = try cli.client().send(EngineClient.Request("POST", "/images/create", query: query))
        var progress = ProgressStream(cli, toError: toError, quiet: quiet)
        try progress.show(response)
    }

    /// The name as the engine's API has it: docker's own names in full.
    private func fullName(_ name: String) -> String {
        let first = name.prefix { $0 != "/" }
        if !name.contains("/") { return "docker.io/library/" + name }
        let isHost = first.contains(".") || first.contains(":") || first == "localhost"
        return isHost ? name : "docker.io/" + name
    }
}
