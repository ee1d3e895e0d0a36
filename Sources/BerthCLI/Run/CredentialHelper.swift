internal import Linux
internal import OrderedJSON

/// A program that keeps users' secrets for docker and berth: `docker-credential-NAME`.
///
/// It is told what to do by one word, gets the rest on its standard input, and answers on its standard output: secrets
/// are never arguments.
struct CredentialHelper {
    struct Failure: Error { let reason: String }

    private let program: String

    init(_ name: String) { program = "docker-credential-" + name }

    /// What is kept for a server; nil where nothing is.
    func get(_ server: String) throws(Failure) -> (user: String, secret: String)? {
        let answer = try call("get", server)
        if answer.code != 0 {
            if answer.output.contains("credentials not found in native keychain") { return nil }
            throw Failure(
                reason: "error getting credentials - err: exit status \(answer.code), out: `\(answer.output)`"
            )
        }
        guard let document = try? JSONValue(parsing: answer.output),
            let user = document["Username"]?.stringValue, let secret = document["Secret"]?.stringValue
        else {
            throw Failure(reason: "error getting credentials - \(program) does not answer with a JSON object")
        }
        return (user, secret)
    }

    func store(_ server: String, user: String, secret: String) throws(Failure) {
        let document: JSONValue = [
            "ServerURL": .string(server), "Username": .string(user), "Secret": .string(secret),
        ]
        let answer = try call("store", String(decoding: document.bytes(escapesHTML: false), as: UTF8.self))
        if answer.code != 0 {
            throw Failure(
                reason: "error storing credentials - err: exit status \(answer.code), out: `\(answer.output)`"
            )
        }
    }

    func erase(_ server: String) throws(Failure) {
        let answer = try call("erase", server)
        if answer.code != 0 {
            throw Failure(
                reason: "error erasing credentials - err: exit status \(answer.code), out: `\(answer.output)`"
            )
        }
    }

    /// The servers that it keeps something for.
    func servers() throws(Failure) -> [String] {
        let answer = try call("list", "")
        guard answer.code == 0, let document = try? JSONValue(parsing: answer.output).objectValue else {
            throw Failure(
                reason: "error listing credentials - err: exit status \(answer.code), out: `\(answer.output)`"
            )
        }
        return document.members.map(\.key)
    }

    private func call(_ word: String, _ input: String) throws(Failure) -> (code: Int32, output: String) {
        do throws(SystemError) {
            // Sockets, as one that nobody reads does not raise SIGPIPE.
            let ends = try SocketPair(.stream).release()
            let ours = OwnedDescriptor(adopting: ends.first)
            let theirs = OwnedDescriptor(adopting: ends.second)
            let pipe = try makePipe()
            let reading = OwnedDescriptor(adopting: pipe.read)
            let writing = OwnedDescriptor(adopting: pipe.write)
            var launch = ProcessLaunch(program, [word])
            launch.standard = (theirs.rawValue, writing.rawValue, -1)
            let pid = try launch.start()
            _ = consume theirs
            _ = consume writing
            do throws(SystemError) { try sendAll(ours.rawValue, Array(input.utf8)) } catch {
                if error.code != .brokenPipe && error.code != .connectionReset { throw error }
            }
            endSending(ours.rawValue)
            let output = try? readAll(reading.rawValue, limitBytes: 1 << 20)
            let exit = try waitForExit(pid)
            return (exit.shellCode, String(decoding: output ?? [], as: UTF8.self).trimmedEnd)
        } catch {
            let verb = ["get": "getting", "store": "storing", "list": "listing"][word] ?? "erasing"
            let reason =
                error.code == .noEntry
                ? "exec: \"\(program)\": executable file not found in $PATH" : error.code.reason
            throw Failure(reason: "error \(verb) credentials - err: \(reason), out: ``")
        }
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
