internal import SupervisorProtocol

/// The words before a failed start's reason, which clients look into for their exit codes.
enum StartMessages {
    /// Before the program of a container ran.
    static let start =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: "
        + "runc create failed: unable to start container process: error during container init: "
    /// Before the program of an exec ran.
    static let exec = "OCI runtime exec failed: exec failed: unable to start container process: "

    /// The steps that dockerd does itself, and those that fail before there is a container.
    private static let ownSteps: Set<String> = [
        "bundle", "clone", "launcher", "log", "root", "runtime", "start", "supervisor", "user", "view",
        "workdir",
    ]

    /// A failed start in Docker's words.
    static func text(_ failure: StartFailure) -> String {
        ownSteps.contains(failure.stage) ? failure.message : start + failure.message
    }
}
