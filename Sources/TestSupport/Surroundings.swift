internal import Linux
internal import Synchronization

/// `NAME=value` strings for a child: a known small environment, with `extra` on top.
func childEnvironment(_ extra: [String: String]) -> [String] {
    var variables = [
        "PATH": environmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": environmentVariable("HOME") ?? "/root", "LC_ALL": "C.UTF-8", "TERM": "xterm",
    ]
    variables.merge(extra) { $1 }
    return variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
}

/// Where `name` is in `PATH`.
public func findProgram(_ name: String) -> String? {
    for folder in (environmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").split(separator: ":") {
        let path = "\(folder)/\(name)"
        if fileExists(path) { return path }
    }
    return nil
}

/// The top of the source tree, by the place of this file.
public let sourceTree: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
}()

/// The folder with the programs under test: `BERTH_BUILD_DIR`, or else the one that holds these tests.
public let programsFolder: String = {
    if let folder = environmentVariable("BERTH_BUILD_DIR") { return folder }
    let image = (try? readLink("/proc/self/exe")) ?? ""
    guard let slash = image.lastIndex(of: "/") else { return "." }
    return String(image[..<slash])
}()

/// berth-runtime as users run it: static, since `--init` runs it where there are no libraries. A debug build is not;
/// `BERTH_RUNTIME` names the release one.
public let runtimeProgram: String = environmentVariable("BERTH_RUNTIME") ?? "\(programsFolder)/berth-runtime"

/// A folder of its own on tmpfs, gone after ``remove()``.
public struct Scratch: Sendable {
    public let path: String

    /// Where they are made: a tmpfs.
    public static let folder = "/dev/shm"

    public init(_ topic: String) throws {
        path = "\(Self.folder)/berth-\(topic)-\(uniqueName())"
        try makeDirectory(path)
    }

    /// Removes the folder and all in it.
    public func remove() { try? removeTree(path) }
}

/// A short name that no other test uses at this time: the process and a count.
public func uniqueName() -> String {
    let pid = (try? readLink("/proc/self")) ?? "0"
    return "\(pid)-\(UniqueCounter.next())"
}

private enum UniqueCounter {
    private static let value = Atomic(0)
    static func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

extension String {
    /// Without white space at both ends.
    public var trimmed: String {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}
