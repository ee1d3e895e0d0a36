internal import Linux

/// Keeps a terminal raw for as long as it lives.
public final class RawTerminal {
    private let descriptor: Int32
    private var saved: TerminalState?

    /// Makes `descriptor` raw if it is a terminal, and leaves it alone otherwise.
    public init(_ descriptor: Int32) {
        self.descriptor = descriptor
        if isTerminal(descriptor) { saved = try? makeTerminalRaw(descriptor) }
    }

    /// Restores the former settings now.
    public func restore() {
        if let saved { restoreTerminal(descriptor, saved) }
        saved = nil
    }

    deinit { restore() }
}
