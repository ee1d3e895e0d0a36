internal import Linux
internal import SupervisorProtocol

/// Runs one step of a start, and turns its failure into words for the user: `what: open "/x": EPERM (…)`.
func step<Value: ~Copyable>(
    _ stage: String, _ what: @autoclosure () -> String = "", _ body: () throws(SystemError) -> Value
) throws(StartFailure) -> Value {
    do {
        return try body()
    } catch {
        let words = what()
        throw StartFailure(
            kind: .other, stage: stage, code: error.code.rawValue,
            message: words.isEmpty ? "\(error)" : "\(words): \(error)")
    }
}

/// A refusal that no system call gave.
func refusal(_ stage: String, _ message: String) -> StartFailure {
    StartFailure(kind: .other, stage: stage, message: message)
}
