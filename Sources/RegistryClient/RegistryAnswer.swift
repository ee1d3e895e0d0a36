internal import FoundationEssentials

/// What a registry's refusal means.
enum RegistryAnswer {
    private struct Errors: Decodable {
        struct Item: Decodable {
            var code: String?
            var message: String?
        }

        var errors: [Item]?
        /// How token services say it.
        var details: String?
        var message: String?
    }

    /// The words of an error document: `denied: requested access to the resource is denied`.
    static func words(_ bytes: [UInt8]) -> (code: String, text: String)? {
        guard let document = try? JSONDecoder().decode(Errors.self, from: Data(bytes)) else { return nil }
        if let first = document.errors?.first {
            let code = (first.code ?? "unknown").lowercased().map { $0 == "_" ? " " : $0 }
            let text = clean(first.message ?? "")
            return (first.code ?? "", text.isEmpty ? String(code) : "\(String(code)): \(text)")
        }
        guard let text = document.details ?? document.message else { return nil }
        return ("", clean(text))
    }

    /// A 401 or 403.
    static func refusal(_ status: Int, _ bytes: [UInt8], _ address: WebAddress) -> RegistryError {
        let kind: RegistryError.Kind = status == 401 ? .unauthorized : .denied
        let found = words(bytes)
        let fallback =
            status == 401
            ? "unauthorized: authentication required" : "denied: requested access to the resource is denied"
        var text = found?.text
        if let said = found, said.code.isEmpty {
            text = "\(status == 401 ? "unauthorized" : "denied"): \(said.text)"
        }
        return RegistryError(found?.code == "DENIED" ? .denied : kind, text ?? fallback)
    }

    /// Any other status than what was hoped for.
    static func failure(_ response: Transport.Response, _ bytes: [UInt8], _ subject: String) -> RegistryError
    {
        let status = response.status
        let found = words(bytes)
        switch status {
        case 401, 403: return refusal(status, bytes, response.address)
        case 404: return RegistryError(.notFound, found?.text ?? "\(subject): not found")
        case 429:
            return RegistryError(
                .rateLimited,
                found?.text ?? "toomanyrequests: \(subject): the registry's limit of requests is reached",
                retryAfter: retryAfter(response))
        case 500...599, 408:
            return RegistryError(
                .unavailable, "received unexpected HTTP status: \(status) \(reason(status))",
                retryAfter: retryAfter(response))
        default:
            if let found { return RegistryError(.invalid, found.text) }
            let type = response.header("Content-Type").map { " (\(clean($0)))" } ?? ""
            return RegistryError(
                .invalid, "\(subject): unexpected answer of the registry: HTTP status \(status)\(type)")
        }
    }

    private static func retryAfter(_ response: Transport.Response) -> Duration? {
        response.header("Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? .seconds($0) : nil }
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: ""
        }
    }

    /// One line of printable text, not too long: it is a stranger's.
    static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(400).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }
}
