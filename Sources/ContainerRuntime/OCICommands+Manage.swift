internal import Cgroups
internal import Glibc
internal import Linux
internal import OCI

extension OCICommands {
    static func state(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        print(state.summary(try context.store.status(state)).text(indent: 2))
        return 0
    }

    static func list(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let states = try context.store.all()
        if arguments.flag("quiet") {
            for state in states { print(state.id) }
            return 0
        }
        switch arguments.value("format") ?? "table" {
        case "json":
            let entries = try states.map { try $0.summary(context.store.status($0)) }
            print(entries.isEmpty ? "null" : OutputJSON.array(entries).text())
        case "table":
            var rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
            for state in states {
                let status = try context.store.status(state)
                let pid = status == .stopped ? "0" : String(state.pid)
                rows.append([state.id, pid, status.rawValue, state.bundle, state.created, "root"])
            }
            printTable(rows)
        case let other: throw OCIFailure("invalid format option: \(other)")
        }
        return 0
    }

    private static func printTable(_ rows: [[String]]) {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in
            max(12, (rows.map { $0[column].count }.max() ?? 0) + 3)
        }
        for row in rows {
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            print(cells.joined())
        }
    }

    static func group(_ state: OCIState) throws -> Cgroup {
        try Cgroup(layout: CgroupLayout.detect(), path: state.cgroupPath)
    }

    static func kill(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        let signal = try OCISignals.number(arguments.rest.count > 1 ? arguments.rest[1] : "SIGTERM")
        let status = try context.store.status(state)
        if arguments.flag("all") {
            let group = try group(state)
            if signal == SIGKILL {
                try group.killAll()
            } else {
                for pid in try group.processes() { _ = try signalProcess(pid, signal) }
            }
            return 0
        }
        guard status != .stopped else { throw OCIFailure("container not running") }
        let handle = try openProcess(state.pid)
        guard OCIProcess(state.pid)?.startTime == state.startTime else {
            throw OCIFailure("container not running")
        }
        guard try signalProcess(pidfd: handle.rawValue, signal) else {
            throw OCIFailure("container not running")
        }
        // On v1 a frozen process takes no signal, and the sender waits for its end.
        if signal == SIGKILL, status == .paused { try group(state).thaw() }
        return 0
    }

    static func delete(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let isForced = arguments.flag("force")
        let state: OCIState
        do {
            state = try context.store.load(arguments.rest[0])
        } catch let error as OCIFailure where error.description == "container does not exist" {
            let directory = context.store.directory(arguments.rest[0])
            if fileExists(directory), isForced { try removeTree(directory) }
            if isForced { return 0 }
            throw error
        }
        switch try context.store.status(state) {
        case .stopped: break
        case .created: try end(state)
        case let status where !isForced:
            throw OCIFailure("cannot delete container \(state.id) that is not stopped: \(status.rawValue)")
        default: try end(state)
        }
        try destroy(state, context)
        return 0
    }

    /// Kills the container's first process and waits for its end.
    private static func end(_ state: OCIState) throws {
        _ = try signalProcess(state.pid, SIGKILL)
        try? group(state).thaw()
        for _ in 0..<1000 {
            guard let process = OCIProcess(state.pid), process.startTime == state.startTime, !process.isDead
            else { return }
            sleepMilliseconds(10)
        }
        throw OCIFailure("container init still running")
    }

    /// Removes all that is left of a container that has ended.
    static func destroy(_ state: OCIState, _ context: OCIContext) throws {
        let group = try group(state)
        // A container without a pid namespace of its own leaves its other processes behind.
        try group.killAll()
        try group.remove()
        try removeTree(context.store.directory(state.id))
        runPoststop(state, context)
    }

    static func pause(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        switch try context.store.status(state) {
        case .running, .created: try group(state).freeze()
        default: throw OCIFailure("container not running or created")
        }
        return 0
    }

    static func resume(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        let group = try group(state)
        guard try context.store.status(state) != .stopped, try group.isFrozen() else {
            throw OCIFailure("container not paused")
        }
        try group.thaw()
        return 0
    }

    static func processes(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        let pids = try group(state).processes()
        switch arguments.value("format") ?? "table" {
        case "json":
            print(OutputJSON.array(pids.map { .number(Int64($0)) }).text())
            return 0
        case "table": break
        case let other: throw OCIFailure("invalid format option: \(other)")
        }
        var options = Array(arguments.rest.dropFirst())
        if options.isEmpty { options = ["-ef"] }
        let lines = try output(of: "ps", options).split(separator: "\n")
        guard let title = lines.first else { throw OCIFailure("ps printed nothing") }
        guard let column = title.split(separator: " ").firstIndex(of: "PID") else {
            throw OCIFailure("couldn't find PID field in ps output")
        }
        print(title)
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ")
            if fields.count > column, let pid = Int32(fields[column]), pids.contains(pid) { print(line) }
        }
        return 0
    }

    private static func output(of program: String, _ options: [String]) throws -> String {
        let (read, write) = try makePipe()
        let end = OwnedDescriptor(adopting: read)
        var launch = ProcessLaunch(program, options)
        launch.standard.output = write
        let pid: Int32
        do {
            pid = try launch.start()
        } catch {
            OwnedDescriptor(adopting: write).close()
            throw error
        }
        OwnedDescriptor(adopting: write).close()
        let text = String(decoding: try readAll(end.rawValue), as: UTF8.self)
        guard try waitForExit(pid).shellCode == 0 else { throw OCIFailure("\(program) failed") }
        return text
    }
}
