internal import CLinux
internal import Glibc

/// Signals that arrive as readable numbers in place of interrupting the process; see `signalfd(2)`.
///
/// They are blocked for the calling thread from now on: make it before any other thread starts.
public struct SignalDescriptor: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Takes over the signals with these numbers.
    public init(_ signals: [Int32]) throws(SystemError) {
        let raw = try checked("signalfd") { clinux_signal_descriptor(signals, Int32(signals.count)) }
        descriptor = OwnedDescriptor(adopting: raw)
    }

    /// Readable when a signal has come.
    public var rawValue: Int32 { descriptor.rawValue }

    /// The next signal that has come, if there is one.
    public borrowing func next() -> Int32? {
        let number = clinux_signal_next(descriptor.rawValue)
        return number > 0 ? number : nil
    }
}

/// Ends this process as `signal` would have done, had nobody taken it over.
public func dieOfSignal(_ signal: Int32) -> Never {
    clinux_signal_reset(signal)
    _ = Glibc.raise(signal)
    exit(128 + signal)
}
