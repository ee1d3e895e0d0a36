import EngineModel
import Testing

@Suite("Signal names")
struct SignalNameTests {
    @Test(
        "Numbers and names in any case",
        arguments: [
            ("9", 9, "SIGKILL"), ("+9", 9, "SIGKILL"), ("09", 9, "SIGKILL"), ("KILL", 9, "SIGKILL"),
            ("sigkill", 9, "SIGKILL"), ("SigTerm", 15, "SIGTERM"), ("SIGIOT", 6, "SIGABRT"),
            ("CLD", 17, "SIGCHLD"),
            ("poll", 29, "SIGIO"), ("RTMIN", 34, "SIGRTMIN"), ("rtmin+3", 37, "SIGRTMIN+3"),
            ("SIGRTMIN+15", 49, "SIGRTMIN+15"), ("RTMAX-14", 50, "SIGRTMAX-14"),
            ("RTMAX-1", 63, "SIGRTMAX-1"),
            ("SIGRTMAX", 64, "SIGRTMAX"), ("64", 64, "SIGRTMAX"), ("32", 32, "32"), ("1", 1, "SIGHUP"),
        ] as [(String, Int32, String)])
    func known(text: String, number: Int32, name: String) throws {
        let signal = try SignalName(parsing: text)
        #expect(signal.number == number)
        #expect(signal.description == name)
    }

    @Test("Every number reads back from its own name")
    func roundTrip() throws {
        for number in 1...64 {
            let signal = try SignalName(parsing: String(number))
            #expect(try SignalName(parsing: signal.description) == signal)
        }
    }

    @Test(
        "What dockerd 28 refuses, in its words",
        arguments: [
            ("FOO", "invalid signal: FOO"), ("0", "invalid signal: 0"), ("", "invalid signal: "),
            ("SIG", "invalid signal: SIG"), ("10 ", "invalid signal: 10 "),
            ("SIGSIGKILL", "invalid signal: SIGSIGKILL"),
            ("RTMIN+0", "invalid signal: RTMIN+0"), ("RTMIN+16", "invalid signal: RTMIN+16"),
            ("RTMAX-15", "invalid signal: RTMAX-15"), ("RTMAX-0", "invalid signal: RTMAX-0"),
            ("SIGUNUSED", "invalid signal: SIGUNUSED"), ("1e1", "invalid signal: 1e1"),
            ("65", "the linux daemon does not support signal 65"),
            ("-1", "the linux daemon does not support signal -1"),
            ("99999999999", "invalid signal: 99999999999"),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: EngineError.self) { try SignalName(parsing: text) }
        #expect(error?.message == message)
        #expect(error?.kind == .invalidParameter)
    }
}
