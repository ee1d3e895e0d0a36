internal import Linux

/// The pipes of a process without a terminal: its ends, and the supervisor's.
struct StreamPipes {
    let child: (Int32, Int32, Int32)
    private let parent: (input: Int32?, output: Int32?, error: Int32?)

    /// A pipe for each stream that is wanted; `/dev/null` for the others.
    init(stdin: Bool, stdout: Bool = true, stderr: Bool = true) throws(SystemError) {
        let input = try Self.make(stdin)
        let output = try Self.make(stdout)
        let error = try Self.make(stderr)
        child = (input.read, output.write, error.write)
        parent = (stdin ? input.write : nil, stdout ? output.read : nil, stderr ? error.read : nil)
    }

    private static func make(_ wanted: Bool) throws(SystemError) -> (read: Int32, write: Int32) {
        if wanted { return try makePipe() }
        let null = try openFile("/dev/null", .readWrite).release()
        return (null, null)
    }

    /// Closes the child's ends and hands the others to `hub`.
    func keepParentEnds(in hub: StreamHub, stdin: Bool) throws(SystemError) {
        for number in [child.0, child.1, child.2] { OwnedDescriptor(adopting: number).close() }
        if let input = parent.input { try hub.setInput(SharedDescriptor(OwnedDescriptor(adopting: input))) }
        if let output = parent.output {
            try hub.addOutput(SharedDescriptor(OwnedDescriptor(adopting: output)), .stdout)
        }
        if let error = parent.error {
            try hub.addOutput(SharedDescriptor(OwnedDescriptor(adopting: error)), .stderr)
        }
    }
}
