import OCI
import Testing

@Suite("Image references")
struct ImageReferenceTests {
    static let hex = String(repeating: "ab", count: 32)
    static let digest = "sha256:\(hex)"

    @Test(
        "Names are normalised as Docker does",
        arguments: [
            ("busybox", "docker.io/library/busybox", "busybox"),
            ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("user/app", "docker.io/user/app", "user/app"),
            ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
            ("index.docker.io/library/busybox:x", "docker.io/library/busybox:x", "busybox:x"),
            ("localhost/app", "localhost/app", "localhost/app"),
            ("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"),
            ("quay.io/a/b/c", "quay.io/a/b/c", "quay.io/a/b/c"),
            ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
            ("Registry/x", "Registry/x", "Registry/x"),
            ("a__b/c.d-e--f", "docker.io/a__b/c.d-e--f", "a__b/c.d-e--f"),
            ("library/library/x", "docker.io/library/library/x", "library/library/x"),
            ("docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c"),
            ("docker.io/localhost/c:1", "docker.io/localhost/c:1", "docker.io/localhost/c:1"),
            ("docker.io/library/a.b", "docker.io/library/a.b", "a.b"),
            ("library/\(hex)", "docker.io/library/\(hex)", "library/\(hex)"),
            ("library/\(hex):t", "docker.io/library/\(hex):t", "\(hex):t"),
            ("x@\(digest)", "docker.io/library/x@\(digest)", "x@\(digest)"),
            ("x:t@\(digest)", "docker.io/library/x:t@\(digest)", "x:t@\(digest)"),
        ])
    func normalisation(_ text: String, _ full: String, _ familiar: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.description == full)
        #expect(reference.familiarString == familiar)
        #expect(ImageReference.familiar(canonical: reference.description) == familiar)
        #expect(try ImageReference(parsing: full) == reference)
    }

    @Test(
        "What is no reference is refused in Docker's words",
        arguments: [
            ("", "invalid reference format"), (":tag", "invalid reference format"),
            ("a b", "invalid reference format"), ("a:", "invalid reference format"),
            ("a/", "invalid reference format"), ("/a", "invalid reference format"),
            ("a//b", "invalid reference format"), ("a___b", "invalid reference format"),
            ("-a", "invalid reference format"), ("a:-x", "invalid reference format"),
            ("a:\(String(repeating: "t", count: 129))", "invalid reference format"),
            ("a@sha256:12", "invalid reference format"), ("../a", "invalid reference format"),
            ("a@md5:\(String(repeating: "0", count: 32))", "unsupported digest algorithm"),
            ("Busybox", "invalid reference format: repository name (library/Busybox) must be lowercase"),
            ("quay.io/Foo/bar", "invalid reference format: repository name (Foo/bar) must be lowercase"),
            (String(repeating: "a", count: 64), nil),
            (String(repeating: "g", count: 250), "repository name must not be more than 255 characters"),
        ] as [(String, String?)])
    func refusals(_ text: String, _ words: String?) {
        let expected =
            words ?? "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings"
        do {
            let reference = try ImageReference(parsing: text)
            Issue.record("parsed as \(reference)")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test("The default tag goes where there is neither tag nor digest")
    func defaultTag() throws {
        #expect(try ImageReference(parsing: "a").withDefaultTag.tag == "latest")
        #expect(try ImageReference(parsing: "a:b").withDefaultTag.tag == "b")
        #expect(try ImageReference(parsing: "a@\(Self.digest)").withDefaultTag.tag == nil)
    }
}

@Suite("Digests")
struct DigestTests {
    @Test("Digests are parsed strictly")
    func parsing() throws {
        let hex = String(repeating: "0f", count: 32)
        #expect(try Digest(parsing: "sha256:\(hex)").hex == hex)
        for (text, error) in [
            ("sha256:\(hex.uppercased())", Digest.ParseError.format), ("sha256:12", .length),
            ("sha256:", .format),
            (hex, .format), ("md5:\(hex)", .algorithm), ("sha256:\(hex)0", .length),
            ("SHA256:\(hex)", .format),
            ("sha256:../../../\(hex.dropFirst(9))", .format),
        ] {
            #expect(throws: error) { try Digest(parsing: text) }
        }
    }
}
