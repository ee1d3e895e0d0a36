internal import Linux
internal import OrderedJSON

/// The options `--security-opt`, with profiles read from their files.
struct SecurityOptions {
    var options: [String] = []
    /// `systempaths=unconfined`: nothing is masked or read-only.
    var unmasked = false

    init(_ given: [String]) throws {
        for text in given {
            if text == "systempaths=unconfined" {
                unmasked = true
                continue
            }
            guard let cut = text.firstIndex(of: "=") ?? text.firstIndex(of: ":") else {
                if text != "no-new-privileges" {
                    throw CommandFailure("Invalid --security-opt: \(goQuoted(text))")
                }
                options.append(text)
                continue
            }
            let name = text[..<cut], value = String(text[text.index(after: cut)...])
            guard name == "seccomp", value != "unconfined", value != "builtin" else {
                options.append(text)
                continue
            }
            options.append("seccomp=" + (try Self.profile(value)))
        }
    }

    private static func profile(_ path: String) throws -> String {
        let bytes: [UInt8]
        do { bytes = try readFile(path) } catch {
            throw CommandFailure(
                "opening seccomp profile (\(path)) failed: open \(path): \(error.code.reason)")
        }
        do { return try JSONValue(parsing: bytes).text(.compact, escapesHTML: false) } catch {
            throw CommandFailure("compacting json for seccomp profile (\(path)) failed: \(error)")
        }
    }
}
