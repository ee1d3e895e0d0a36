import EngineModel
import Testing

/// Each case was tried on dockerd 28.5.
@Suite("Binds")
struct BindSpecificationTests {
    struct Good: Sendable {
        var text: String
        var source: String?
        var destination: String
        var mode = ""
        var readOnly = false
        var propagation: String?
        var noCopy = false
    }

    @Test(
        "What Docker takes",
        arguments: [
            Good(text: "/a", source: nil, destination: "/a"),
            Good(text: "/a:/b", source: "/a", destination: "/b"),
            Good(text: "/a:/b:", source: "/a", destination: "/b"),
            Good(text: "/a:/b:ro", source: "/a", destination: "/b", mode: "ro", readOnly: true),
            Good(text: "/a:/b:rw", source: "/a", destination: "/b", mode: "rw"),
            Good(text: "/a:/b:Z", source: "/a", destination: "/b", mode: "Z"),
            Good(
                text: "/a:/b:ro,z,rslave", source: "/a", destination: "/b", mode: "ro,z,rslave",
                readOnly: true,
                propagation: "rslave"),
            Good(
                text: "/a:/b:private", source: "/a", destination: "/b", mode: "private",
                propagation: "private"),
            Good(text: "/a:/b:cached,ro", source: "/a", destination: "/b", mode: "cached,ro", readOnly: true),
            Good(text: "/a//b/../c:/d/./e/", source: "/a/c", destination: "/d/e"),
            Good(text: "/a/:/b/", source: "/a", destination: "/b"),
            Good(text: "/a :/b :ro", source: "/a ", destination: "/b ", mode: "ro", readOnly: true),
            Good(text: "/:/b", source: "/", destination: "/b"),
            Good(text: "vol:/b", source: "vol", destination: "/b"),
            Good(text: "vol:/b:nocopy", source: "vol", destination: "/b", mode: "nocopy", noCopy: true),
            Good(text: "vol:/b:ro,z", source: "vol", destination: "/b", mode: "ro,z", readOnly: true),
        ])
    func good(_ good: Good) throws {
        let bind = try BindSpecification(parsing: good.text)
        #expect(bind.source == good.source)
        #expect(bind.destination == good.destination)
        #expect(bind.mode == good.mode)
        #expect(bind.isReadOnly == good.readOnly)
        #expect(bind.propagation == good.propagation)
        #expect(bind.noCopy == good.noCopy)
        #expect(bind.isHostPath == (good.source?.hasPrefix("/") ?? false))
    }

    @Test(
        "What cannot be read, with the status 500 that Docker gives it",
        arguments: [
            ("", ""), (":", ""), ("::", ""), ("/a:", ""), (":/a", ""), ("/a:/b:ro:rw", ""), ("a:b:c:d", ""),
            ("/b:ro", ""), ("/b:rw", ""), ("/b:nocopy,ro", ""),
            ("b", "volume\": invalid mount path: 'b' mount path must be absolute"),
            ("b/..", "volume\": invalid mount path: 'b/..' mount path must be absolute"),
            ("vol:relative", "volume\": invalid mount path: 'relative' mount path must be absolute"),
            ("/a:b", "bind\": invalid mount path: 'b' mount path must be absolute"),
            ("/a::ro", "bind\": field Target must not be empty"),
            ("/a::", "bind\": field Target must not be empty"),
            ("/", "volume\": invalid specification: destination can't be '/'"),
            ("/a:/", "bind\": invalid specification: destination can't be '/'"),
            ("/a:/..", "bind\": invalid specification: destination can't be '/'"),
            ("vol:/b:rslave", "volume\": field BindOptions must not be specified"),
            ("/a:/b:nocopy", "bind\": field VolumeOptions must not be specified"),
            ("/a:/b:nocopy,rslave", "bind\": field VolumeOptions must not be specified"),
        ])
    func unreadable(text: String, reason: String) {
        let error = #expect(throws: EngineError.self) { try BindSpecification(parsing: text) }
        #expect(error?.kind == .system)
        let tail = reason.isEmpty ? "" : ": invalid mount config for type \"" + reason
        #expect(error?.message == "invalid volume specification: '\(text)'" + tail)
    }

    @Test(
        "Modes that are none",
        arguments: [
            "RO", "foo", "ro,rw", "ro,ro", "z,Z", "rslave,shared", ",", "ro,", "cached,delegated", "ro ",
        ])
    func modes(mode: String) {
        let error = #expect(throws: EngineError.self) { try BindSpecification(parsing: "/a:/b:" + mode) }
        #expect(error?.message == "invalid mode: \(mode)")
    }

    @Test("A name that is no volume's", arguments: ["../x", "./x", "na/me", "vo$l", "~/x"])
    func names(name: String) {
        let error = #expect(throws: EngineError.self) { try BindSpecification(parsing: name + ":/b") }
        #expect(error?.kind == .invalidParameter)
        #expect(error?.message == "create \(name): \"\(name)\"" + VolumeNameWords.characters)
    }

    @Test("A name of one letter")
    func shortName() {
        let error = #expect(throws: EngineError.self) { try BindSpecification(parsing: "h:/b") }
        #expect(
            error?.message
                == "create h: volume name is too short, names should be at least two alphanumeric characters")
    }

    @Test(
        "Paths are cleaned as text",
        arguments: [
            ("/", "/"), ("//", "/"), ("/.", "/"), ("/..", "/"), ("/../..", "/"), ("/a/../..", "/"),
            ("/a/b/..", "/a"),
            ("/a//b/", "/a/b"), ("/a/./b", "/a/b"), ("/a/..b", "/a/..b"), ("", "."), (".", "."),
            ("a/..", "."),
            ("../a", "../a"), ("a/../../b", "../b"), ("../..", "../.."),
        ])
    func cleaned(path: String, clean: String) { #expect(MountPath.cleaned(path) == clean) }
}
