internal import EngineClient
internal import Linux

/// Takes over this program's signals while it stands in for a container: passes them on, follows the window's size.
final class SignalHandling {
    private let signals: SignalDescriptor
    private let client: EngineClient
    private let container: String
    private let forwards: Bool
    private let resizes: (() -> Void)?
    private var interrupts = 0

    private static let windowChange: Int32 = 28
    /// Signals by number that are passed on; SIGCHLD, SIGPIPE, SIGURG and what stops a job stay ours.
    private static let passedOn: [Int32] = [1, 2, 3, 10, 12, 14, 15, 18]

    private static func name(_ signal: Int32) -> String? {
        switch signal {
        case 1: "HUP"
        case 2: "INT"
        case 3: "QUIT"
        case 10: "USR1"
        case 12: "USR2"
        case 14: "ALRM"
        case 15: "TERM"
        case 18: "CONT"
        case windowChange: "WINCH"
        default: nil
        }
    }

    /// `forward` passes signals on to the container; `resize` is called when the window changes.
    init?(_ client: EngineClient, container: String, forward: Bool, resize: (() -> Void)?) throws {
        if !forward, resize == nil { return nil }
        var taken: [Int32] = forward ? Self.passedOn : []
        if resize != nil || forward { taken.append(Self.windowChange) }
        signals = try SignalDescriptor(taken)
        self.client = client
        self.container = container
        forwards = forward
        resizes = resize
    }

    var descriptor: Int32 { signals.rawValue }

    /// Deals with the signals that have come.
    func handle() {
        while let number = signals.next() {
            if number == Self.windowChange, let resizes {
                resizes()
                continue
            }
            guard forwards, let name = Self.name(number) else { continue }
            if number == 2 || number == 15 {
                interrupts += 1
                // Like docker: whoever insists gets out, whatever the engine does.
                if interrupts > 3 { dieOfSignal(number) }
            }
            try? client.postContainer(container, "kill", query: [("signal", name)])
        }
    }
}

/// Keeps the size of a container's terminal that of ours.
struct WindowSize {
    let client: EngineClient
    let kind: String
    let id: String

    func send() {
        guard let size = terminalSize(1), size.columns > 0 || size.rows > 0 else { return }
        try? client.resize(kind, id, columns: size.columns, rows: size.rows)
    }
}
