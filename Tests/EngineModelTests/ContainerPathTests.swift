import EngineModel
import Testing

@Suite("Paths in a container")
struct ContainerPathTests {
    @Test(
        "Are read as Go and docker read them",
        arguments: [
            ("/d", "/d", "/d", "d", "/"), ("/d/", "/d", "/d/", "d", "/"), ("/d/.", "/d", "/d/.", ".", "/"),
            ("a/b", "/a/b", "/a/b", "b", "/a"), ("../d", "/d", "/d", "d", "/"), (".", "/", "/.", ".", "/"),
            ("/", "/", "/", "/", "/"), ("//x//y", "/x/y", "/x/y", "y", "/x"),
            ("/a/../../b", "/b", "/b", "b", "/"),
            ("/a/./b/", "/a/b", "/a/b/", "b", "/a"),
        ])
    func reading(text: String, clean: String, full: String, base: String, parent: String) {
        let path = ContainerPath(text)
        #expect(path.text == text)
        #expect(path.clean == clean)
        #expect(path.full == full)
        #expect(path.base == base)
        #expect(path.parent == parent)
    }

    @Test("Become relative to a root")
    func relative() {
        #expect(ContainerPath.relative("/a/b") == "a/b")
        #expect(ContainerPath.relative("/") == ".")
    }
}
