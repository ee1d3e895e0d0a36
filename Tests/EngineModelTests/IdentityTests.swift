import EngineModel
import Testing

@Suite("Ids and names")
struct IdentityTests {
    @Test("An id is 64 hexadecimal digits, and its short form is no number")
    func newID() {
        for _ in 0..<200 {
            let id = ContainerIdentity.newID()
            #expect(id.utf8.count == 64)
            #expect(ContainerIdentity.isHexPrefix(id))
            #expect(Int(ContainerIdentity.short(id)) == nil, "a host name must not look like a number")
        }
    }

    @Test("Random digits come in every length asked for", arguments: [0, 1, 4, 7, 8, 9, 16, 32])
    func randomHex(bytes: Int) {
        let text = ContainerIdentity.randomHex(bytes: bytes)
        #expect(text.utf8.count == bytes * 2)
        #expect(bytes < 4 || text != ContainerIdentity.randomHex(bytes: bytes))
    }

    @Test(
        "What can be the start of an id",
        arguments: [
            ("a", true), ("0123456789abcdef", true), ("", false), ("A", false), ("g", false), ("a b", false),
            (String(repeating: "f", count: 64), true), (String(repeating: "f", count: 65), false),
        ])
    func hexPrefix(text: String, valid: Bool) { #expect(ContainerIdentity.isHexPrefix(text) == valid) }

    @Test(
        "Names that Docker takes, without their slash",
        arguments: [
            ("ab", "ab"), ("/ab", "ab"), ("a.", "a."), ("a_b-c.d", "a_b-c.d"), ("0a", "0a"),
            (String(repeating: "a", count: 300), String(repeating: "a", count: 300)),
        ])
    func validName(text: String, name: String) throws {
        #expect(try ContainerIdentity.validName(text) == name)
    }

    @Test(
        "Names that Docker refuses",
        arguments: ["a", "/a", "-ab", "a b", "ab/", "_ab", "//ab", "", "/", "ä", "aä", ".a", "a\n", "a\0"])
    func invalidName(text: String) {
        let error = #expect(throws: EngineError.self) { try ContainerIdentity.validName(text) }
        #expect(error?.kind == .invalidParameter)
        #expect(
            error?.message == "Invalid container name (\(text)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    }

    @Test(
        "Names of volumes, in dockerd 28's words",
        arguments: [
            ("a", "create a: volume name is too short, names should be at least two alphanumeric characters"),
            ("a b", "create a b: \"a b\"" + VolumeNameWords.characters),
            ("../x", "create ../x: \"../x\"" + VolumeNameWords.characters),
            ("", "create : \"\"" + VolumeNameWords.characters),
        ])
    func invalidVolumeName(text: String, message: String) {
        let error = #expect(throws: EngineError.self) { try VolumeName.validated(text) }
        #expect(error?.kind == .invalidParameter)
        #expect(error?.message == message)
    }

    @Test("A volume's name leaves room for what its directory is called on the way out")
    func volumeNameLength() throws {
        #expect(try VolumeName.validated(String(repeating: "v", count: 245)).utf8.count == 245)
        #expect(throws: EngineError.self) { try VolumeName.validated(String(repeating: "v", count: 246)) }
    }
}

enum VolumeNameWords {
    static let characters =
        " includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "
        + "If you intended to pass a host directory, use absolute path"
}

@Suite("Generated names")
struct GeneratedNameTests {
    @Test("A generated name is one that a user could have given")
    func valid() throws {
        for _ in 0..<200 {
            let name = GeneratedName.new { _ in false }
            #expect(try ContainerIdentity.validName(name) == name)
            #expect(name.split(separator: "_").count == 2)
        }
    }

    @Test("A taken name is passed over, and a crowded house gets digits")
    func taken() {
        var tries: [String] = []
        let name = GeneratedName.new {
            tries.append($0)
            return tries.count <= 10
        }
        #expect(!tries.dropLast().contains(name) || tries.count > 10)
        #expect(name.last?.isNumber == true)
    }

    @Test("Where every name is taken there is one all the same")
    func allTaken() { #expect(GeneratedName.new { _ in true }.hasPrefix("container_")) }
}
