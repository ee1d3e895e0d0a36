import DockerAPI
import EngineModel
import Testing

@testable import Engine

@Suite("The processes that ps shows")
struct ProcessTableTests {
    @Test("Rows of the container's processes, in the columns of ps")
    func rows() throws {
        let output = """
            UID          PID    PPID  C STIME TTY          TIME CMD
            root           1       0  0 22:17 ?        00:00:01 /sbin/init splash
            root          42       1  0 22:39 ?        00:00:00 sleep 999  x
            daemon        43      42  0 22:39 ?        00:00:00 sh

            """
        let table = try ProcessTable.parse(output, pids: [42, 43])
        #expect(table.titles == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
        #expect(
            table.processes == [
                ["root", "42", "1", "0", "22:39", "?", "00:00:00", "sleep 999 x"],
                ["daemon", "43", "42", "0", "22:39", "?", "00:00:00", "sh"],
            ])
    }

    @Test("Threads below a process of the container are its own")
    func threads() throws {
        let output = "PID TTY\n1 ?\n- ?\n42 ?\n- a\n- b\n7 ?\n- c\n"
        let table = try ProcessTable.parse(output, pids: [42])
        #expect(table.processes == [["42", "?"], ["-", "a"], ["-", "b"]])
    }

    @Test("None are null, as with Docker")
    func none() throws { #expect(try ProcessTable.parse("PID CMD\n", pids: [42]).processes == nil) }

    @Test(
        "Output that tells no pids is refused",
        arguments: [
            ("", "Couldn't find PID field in ps output"),
            ("COMMAND\nsh\n", "Couldn't find PID field in ps output"),
            ("PID\nabc\n", "unexpected pid 'abc': strconv.Atoi: parsing \"abc\": invalid syntax"),
        ])
    func refused(_ output: String, _ message: String) {
        let error = #expect(throws: EngineError.self) { try ProcessTable.parse(output, pids: [1]) }
        #expect(error?.message == message)
        #expect(error?.kind == .system)
    }

    @Test("A short line is passed over")
    func short() throws {
        #expect(try ProcessTable.parse("A PID\nx\ny 3\n", pids: [3]).processes == [["y", "3"]])
    }

    @Test(
        "Another column may not call itself PID",
        arguments: ["-o x=PID", "-o ppid=PID", "-eo pid,a= PID", " a=PIDS"])
    func columnNames(_ options: String) {
        let error = #expect(throws: EngineError.self) { try ProcessTable.check(options) }
        #expect(error?.message.hasSuffix(" is not allowed") == true, "\(error?.message ?? "")")
    }

    @Test(
        "The pid's own column may, and so may others",
        arguments: ["-o pid=PID", "-eo pid=X", "aux", "-o a=b"])
    func allowed(_ options: String) throws { try ProcessTable.check(options) }

    @Test("A NUL byte is refused before any program is started")
    func nul() { #expect(throws: EngineError.self) { try ProcessTable.check("-o\0x") } }
}
