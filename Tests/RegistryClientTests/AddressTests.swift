internal import Testing

@testable internal import RegistryClient

@Suite("Addresses of registries")
struct AddressTests {
    @Test(
        "Only http and https without a user are addresses",
        arguments: [
            ("https://r.example/v2/?a=b#c", "https://r.example/v2/?a=b"),
            ("HTTP://r.example:5000", "http://r.example:5000/"),
            ("file:///etc/passwd", nil), ("https://user:word@r.example/", nil), ("https:///x", nil),
            ("r.example", nil),
            ("https://r.example/a b", nil), ("https://r.example/\r\nX: y", nil), ("gopher://r.example/", nil),
        ])
    func parsing(_ text: String, _ wanted: String?) {
        #expect(WebAddress(parsing: text)?.description == wanted)
    }

    @Test("Locations are resolved from where they come")
    func resolving() throws {
        let base = try #require(WebAddress(parsing: "https://r.example:8443/v2/a/blobs/uploads/?x=1"))
        #expect(base.resolving("/v2/b?y=2")?.description == "https://r.example:8443/v2/b?y=2")
        #expect(base.resolving("uuid")?.description == "https://r.example:8443/v2/a/blobs/uploads/uuid")
        #expect(base.resolving("//cdn.example/z")?.description == "https://cdn.example/z")
        #expect(base.resolving("http://cdn.example/z")?.description == "http://cdn.example/z")
        #expect(base.resolving("file:///etc/passwd") == nil)
        #expect(base.adding([("digest", "sha256:ab")]).query == "x=1&digest=sha256%3Aab")
    }

    @Test("A host on this machine is insecure, others where they were named")
    func insecure() {
        var settings = RegistrySettings()
        settings.insecure = ["r.example:5000", "10.1.0.0/16", "plain.example"]
        for host in [
            "localhost:5000", "127.0.0.1", "127.9.9.9:80", "[::1]:5000", "r.example:5000", "10.1.2.3:5000",
            "plain.example:1",
        ] {
            #expect(RegistryEndpoint.isInsecure(host, settings), "\(host)")
        }
        for host in ["r.example", "r.example:5001", "10.2.0.1", "128.0.0.1", "localhost.example"] {
            #expect(!RegistryEndpoint.isInsecure(host, settings), "\(host)")
        }
    }

    @Test("Docker Hub has its mirrors before it, when nothing is pushed; insecure hosts speak TLS first")
    func endpoints() {
        var settings = RegistrySettings()
        settings.mirrors = ["https://mirror.example/prefix/", "http://localhost:5000"]
        let all = RegistryEndpoint.all(of: "docker.io", settings, withMirrors: true)
        #expect(
            all.map(\.base) == [
                "https://mirror.example/prefix", "http://localhost:5000", "https://registry-1.docker.io",
            ])
        #expect(all.map(\.isMirror) == [true, true, false])
        #expect(
            RegistryEndpoint.all(of: "docker.io", settings, withMirrors: false).map(\.base) == [
                "https://registry-1.docker.io"
            ])
        #expect(
            RegistryEndpoint.all(of: "localhost:5000", settings, withMirrors: true).map(\.base)
                == ["https://localhost:5000", "http://localhost:5000"])
        #expect(
            RegistryEndpoint.all(of: "r.example", settings, withMirrors: true).map(\.base) == [
                "https://r.example"
            ])
    }

    @Test("Proxies are used as the environment's words say")
    func proxies() throws {
        var settings = RegistrySettings()
        settings.httpProxy = "http://p.example:3128"
        settings.httpsProxy = "http://user:w%20d@s.example"
        settings.noProxy = "inside.example, .corp.example,10.0.0.0/8,exact.example:5000"
        let choice = ProxyChoice(settings)
        func proxy(_ text: String) throws -> String {
            choice.proxy(for: try #require(WebAddress(parsing: text)))
        }
        #expect(try proxy("http://a.example/") == "http://p.example:3128")
        #expect(try proxy("https://a.example/") == "http://user:w%20d@s.example")
        for text in [
            "https://inside.example/", "https://a.inside.example/", "https://a.corp.example/",
            "https://10.3.4.5/",
            "https://exact.example:5000/", "https://localhost:1/", "https://127.0.0.1/",
        ] { #expect(try proxy(text).isEmpty, "\(text)") }
        #expect(try proxy("https://exact.example:5001/") != "")
        #expect(try ProxyChoice.configuration("http://user:w%20d@s.example") != nil)
        #expect(try ProxyChoice.configuration("socks5://s.example") != nil)
        #expect(throws: RegistryError.self) { try ProxyChoice.configuration("ftp://s.example:1") }
    }
}

@Suite("Challenges of registries")
struct ChallengeTests {
    @Test("A header may hold several, quoted or not")
    func parsing() {
        let bearer = Authorization.challenges(
            #"Bearer realm="https://auth.example/token",service="registry.example", scope="repository:a/b:pull,push""#
        )
        #expect(bearer.count == 1)
        #expect(bearer.first?.scheme == "bearer")
        #expect(
            bearer.first?.parameters == [
                "realm": "https://auth.example/token", "service": "registry.example",
                "scope": "repository:a/b:pull,push",
            ])
        let both = Authorization.challenges(#"Basic realm="a \"b\"", Bearer realm=https://x"#)
        #expect(both.map(\.scheme) == ["basic", "bearer"])
        #expect(both.first?.parameters["realm"] == #"a "b""#)
    }

    @Test(
        "Damage never traps, and has an end",
        arguments: [
            "", ",,,", "=", "\"", "Bearer realm=\"", "Bearer =x", "a b c d", "Bearer realm=\"\\", "💥 x=\"💥\"",
        ])
    func damage(_ text: String) { #expect(Authorization.challenges(text).count < 8) }

    @Test("Credentials do not show themselves")
    func redacted() {
        let credentials = RegistryCredentials(user: "me", password: "secret", identityToken: "token")
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("secret"))
        #expect(!"\(credentials)".contains("token"))
    }
}
