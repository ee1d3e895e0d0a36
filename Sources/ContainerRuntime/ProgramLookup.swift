internal import Linux
internal import SupervisorProtocol

/// Finds the program `name` as Go's `exec.LookPath` does, with its words: Docker's users and scripts know them.
func findProgram(_ name: String, environment: [String]) throws(StartFailure) -> String {
    func failure(_ kind: StartFailure.Kind, _ code: ErrorCode, _ words: String) -> StartFailure {
        StartFailure(kind: kind, stage: "exec", code: code.rawValue, message: "exec: \"\(name)\": \(words)")
    }
    if name.contains("/") {
        switch obstacle(name) {
        case nil: return name
        case .isDirectory?: throw failure(.permissionDenied, .access, "is a directory: permission denied")
        case .access?: throw failure(.permissionDenied, .access, "permission denied")
        case let code?: throw failure(.notFound, code, "stat \(name): \(code.reason)")
        }
    }
    let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
    if !name.isEmpty {
        for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = (folder.isEmpty ? "." : String(folder)) + "/" + name
            if obstacle(candidate) == nil { return candidate }
        }
    }
    throw failure(.notFound, .noEntry, "executable file not found in $PATH")
}

private func obstacle(_ path: String) -> ErrorCode? {
    do {
        let node = try FileNode(path)
        if node.isDirectory { return .isDirectory }
        if node.mode & 0o111 == 0 { return .access }
        // The user may lack the right where the file's owner has it.
        return executionObstacle(path) == nil ? nil : .access
    } catch { return error.code }
}
