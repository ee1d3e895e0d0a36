import Linux
import Testing

/// One way in which an archive may try to leave its root.
struct Escape: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether it is unpacked within the root instead of refused.
    let isConfined: Bool
    let make: @Sendable (inout TarBytes) -> Void

    init(_ description: String, confined: Bool = false, _ make: @escaping @Sendable (inout TarBytes) -> Void)
    {
        testDescription = description
        isConfined = confined
        self.make = make
    }

    static let hostname = (try? readText("/etc/hostname")) ?? ""

    static let all: [Escape] = [
        Escape("../x") { $0.file("../outside/secret", "bad") },
        Escape("a/../../x") { $0.file("a/../../outside/secret", "bad") },
        Escape("..") { $0.directory("..", mode: 0o777) },
        Escape("/../x") { $0.file("/../outside/secret", "bad") },
        Escape("absolute", confined: true) { $0.file("/etc/hostname", "bad") },
        Escape("link to .., then through it", confined: true) { tar in
            tar.link("up", to: "../outside")
            tar.file("up/secret", "bad")
        },
        Escape("link to /, then through it", confined: true) { tar in
            tar.link("root", to: "/")
            tar.file("root/etc/hostname", "bad")
        },
        Escape("chain of links", confined: true) { tar in
            tar.link("a", to: ".")
            tar.link("b", to: "a/..")
            tar.link("c", to: "b/../outside")
            tar.file("c/secret", "bad")
        },
        Escape("a link in place of a file", confined: true) { tar in
            tar.link("f", to: "../outside/secret")
            tar.file("f", "bad")
        },
        Escape("a loop of links") { tar in
            tar.link("a", to: "b")
            tar.link("b", to: "a")
            tar.file("a/x", "bad")
        },
        Escape("hard link to ../") { $0.link("h", to: "../outside/secret", hard: true) },
        Escape("hard link to an absolute name") { $0.link("h", to: "/etc/hostname", hard: true) },
        Escape("hard link through a link") { tar in
            tar.link("up", to: "../outside")
            tar.link("h", to: "up/secret", hard: true)
        },
        Escape("hard link to a link, then written through", confined: true) { tar in
            tar.link("s", to: "../outside/secret")
            tar.link("h", to: "s", hard: true)
            tar.file("h", "bad")
        },
        Escape("hard link to itself") { tar in
            tar.file("f", "x")
            tar.link("f", to: "f", hard: true)
        },
        Escape("hard link to a directory") { tar in
            tar.directory("d")
            tar.link("h", to: "d", hard: true)
        },
        Escape("hard link to the root") { $0.link("h", to: ".", hard: true) },
        Escape("the root as a file") { $0.file("./", "x") },
        Escape("a file as a directory") { tar in
            tar.file("f", "x")
            tar.file("f/g", "y")
        },
        Escape("directory times through a link", confined: true) { tar in
            tar.directory("d")
            tar.directory("d/e", mode: 0o777, time: 1)
            tar.link("d", to: "../outside")
        },
        Escape("whiteout of ..") { $0.file("d/.wh...") },
        Escape("whiteout of .") { $0.file("d/.wh..") },
        Escape("whiteout of nothing") { $0.file(".wh.") },
        Escape("a name with NUL in PAX") { tar in
            tar.pax([("path", Array("a".utf8) + [0] + Array("b".utf8))])
            tar.file("x", "y")
        },
    ]
}
