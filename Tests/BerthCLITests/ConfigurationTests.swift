import EngineClient
import OrderedJSON
import Testing

@testable import BerthCLI

@Suite("The client's configuration")
struct ConfigurationTests {
    @Test("SHA-256 of the standard's examples, for the names of contexts' folders")
    func digests() {
        #expect(FolderName.of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(FolderName.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            FolderName.of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(FolderName.of("nope") == "ca3704aa0b06f5954c79ee837faa152d84d6b2d42838f0637a15eda8337dbdce")
    }

    @Test(
        "Base64 in both alphabets",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encoded(Array(text.utf8)) == encoded)
        #expect(Base64.decoded(encoded).map { String(decoding: $0, as: UTF8.self) } == text)
        #expect(Base64.encoded([0xFB, 0xFF], forURLs: true) == "-_8=")
        #expect(Base64.decoded("%") == nil)
    }

    @Test("Proxies become variables in both spellings, but for those that the user gives")
    func proxies() throws {
        let configuration: JSONValue = [
            "proxies": [
                "default": ["httpProxy": "http://p:1", "noProxy": "x"],
                "unix:///other": ["httpProxy": "http://q"],
            ]
        ]
        let body: JSONValue = ["Env": ["HTTP_PROXY=", "A=b"]]
        #expect(
            ProxyVariables(configuration, host: "unix:///a").added(to: body)
                == ["Env": ["HTTP_PROXY=", "A=b", "http_proxy=http://p:1", "NO_PROXY=x", "no_proxy=x"]])
        #expect(
            ProxyVariables(configuration, host: "unix:///other").added(to: [:])
                == ["Env": ["HTTP_PROXY=http://q", "http_proxy=http://q"]])
        #expect(ProxyVariables([:], host: "").added(to: body) == body)
    }

    @Test("ssh hosts become ssh command lines that nobody can slip options into")
    func ssh() throws {
        #expect(try Endpoint(parsing: "ssh://u@h:22").description == "ssh://u@h:22")
        for text in ["ssh://u:p@h", "ssh://", "ssh://-oProxyCommand=x", "ssh://h:x", "ssh://h?x"] {
            #expect(throws: EngineClientError.self) { try Endpoint(parsing: text) }
        }
    }

    @Test(
        "Completion knows commands, options and fixed values without an engine",
        arguments: [
            (["ren"], ["rename"]), (["container", "unp"], ["unpause"]), (["run", "--cidf"], ["--cidfile"]),
            (["run", "--pull", "m"], ["missing"]), (["run", "--pull=m"], ["--pull=missing"]),
            (["--log-level", "d"], ["debug"]), (["-H", "unix:///nosuch", "kill", "-s", "KIL"], ["KILL"]),
            (["completion", "z"], ["zsh"]),
            (["run", "--rm", "--r"], ["--read-only", "--restart", "--runtime"]),
        ])
    func completion(_ words: [String], _ expected: [String]) throws {
        let last = try #require(words.last)
        let completer = try #require(try Completer(Array(words.dropLast()), last))
        let found = try completer.answer().words.map(\.word).filter { $0.hasPrefix(last) }
        #expect(found == expected)
    }

    @Test("An archive of a context brings it back, and a hostile one is refused")
    func archives() throws {
        let store = ContextStore(configuration: "/nonexistent")
        var context = EngineContext(name: "here", host: "tcp://h:1")
        context.description = "mine"
        let bytes = try ContextArchive(context, store: store).bytes
        let content = try ContextArchive(parsing: bytes).content()
        #expect(content.document == context.document && content.security.isEmpty)
        #expect(throws: CommandFailure.self) { try ContextArchive(parsing: Array("junk".utf8)) }
        #expect(throws: CommandFailure.self) { try ContextArchive(parsing: Array(bytes.prefix(600))) }
        #expect(throws: CommandFailure.self) { try ContextArchive(parsing: []).content() }
        for first in [UInt8(ascii: "/"), UInt8(ascii: ".")] {
            var hostile = bytes
            hostile[0] = first
            // The checksum holds, the name does not.
            let sum = hostile[..<512].enumerated().reduce(0) {
                $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
            }
            let digits = String(sum, radix: 8)
            hostile.replaceSubrange(
                148..<154, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8))
            #expect(throws: CommandFailure.self) { try ContextArchive(parsing: hostile) }
        }
    }

    @Test(
        "What cannot be a context's name is refused",
        arguments: ["", "x", "default", "-a", "a/b", "..", "a b"])
    func names(_ name: String) {
        #expect(throws: CommandFailure.self) { try ContextStore.check(name) }
    }
}
