internal import Linux

/// The doors of the program berth-runtime.
public enum RuntimeProgram {
    /// Runs what `arguments` (the program's name first) ask for, and ends the process.
    public static func run(_ arguments: [String]) -> Never {
        // A container with an init of ours sees this program as /sbin/docker-init.
        if arguments.first?.split(separator: "/").last == "docker-init" {
            TinyInit.run(Array(arguments.dropFirst()))
        }
        switch arguments.dropFirst().first {
        case "launcher": exitProcess(Launcher.run(Array(arguments.dropFirst(2))))
        case "view": exitProcess(RootViewHelper.run())
        case "init": TinyInit.run(Array(arguments.dropFirst(2)))
        default: exitProcess(OCICommands.run(Array(arguments.dropFirst())))
        }
    }
}
