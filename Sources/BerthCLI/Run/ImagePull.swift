internal import EngineClient
internal import Linux

/// Pulls an image, and shows how far it is.
struct ImagePull {
    let cli: CLI

    func pull(
        _ reference: ImageName, allTags: Bool = false, platform: String, quiet: Bool, toError: Bool
    ) throws {
        var query = [("fromImage", reference.fullName)]
        if !allTags { query.append(("tag", reference.digest ?? reference.tag ?? "latest")) }
        if !platform.isEmpty { query.append(("platform", platform)) }
        var request = EngineClient.Request("POST", "/images/create", query: query)
        request.headers.append(("X-Registry-Auth", Credentials(cli).header(for: reference)))
        let response = try cli.client().send(request)
        var progress = ProgressStream(cli, toError: toError, quiet: quiet)
        try progress.show(response)
    }
}
