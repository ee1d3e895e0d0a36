internal import Cgroups
internal import Glibc
internal import Linux
internal import SupervisorProtocol

/// The small process that berthd keeps to clone supervisors from: a clone of it costs 0.1 ms.
///
/// Descriptor 3 is berthd's connection; when berthd has gone, the launcher ends, and its supervisors go on.
public enum Launcher {
    /// Serves launch requests until the daemon has gone; returns the exit status.
    ///
    /// `arguments` may name the program's own file, once it runs from a read-only view of it.
    public static func run(_ arguments: [String] = []) -> Int32 {
        let connection: Int32 = 3
        // What the daemon left open by mistake would live as long as the last container.
        closeDescriptors(from: 4)
        // Children are reaped by the kernel.
        ignoreSignal(SIGCHLD)
        ignoreSignal(SIGPIPE)
        ignoreSignal(SIGHUP)
        ignoreSignal(SIGINT)
        guard let program = arguments.first ?? currentProgramPath() else { return 1 }
        if arguments.isEmpty { runFromReadOnlyView(program) }
        setProcessTitle("berth-launcher")
        let machine = Machine.detect(program: program)
        warmUp(machine)
        releaseIdleMemory()
        while true {
            do {
                guard let launch = try LaunchRequest.receiveUndecoded(connection) else { return 0 }
                try start(launch, machine, connection)
            } catch {
                try? writeAll(2, Array("berth-runtime launcher: \(error)\n".utf8))
                if error is SystemError { return 1 }
            }
        }
    }

    /// Executes this program again through a read-only mount that is attached nowhere.
    ///
    /// What is about to become a container's program is still this one, with a link to its file in `/proc`: through
    /// that link a container could write to it (CVE-2019-5736). Where this fails, the non-dumpable state
    /// of such processes is what is left against it.
    private static func runFromReadOnlyView(_ program: String) {
        do throws(SystemError) {
            let view = try cloneMount(program)
            try setMountAttributes(at: view.rawValue, "", set: .readOnly, propagation: .private)
            let file = try openFile("/proc/self/fd/\(view.rawValue)")
            guard isOnReadOnlyMount(file.rawValue) else { return }
            try executeFile(file.rawValue, [program, "launcher", program], [])
        } catch { try? writeAll(2, Array("berth-runtime launcher: \(error)\n".utf8)) }
    }

    private static func start(_ launch: consuming UndecodedLaunch, _ machine: Machine, _ connection: Int32)
        throws
    {
        guard let control = launch.descriptors.first else {
            throw WireError("launch without a control connection")
        }
        do throws(SystemError) {
            switch try forkProcess() {
            case .parent: return
            case .child: break
            }
        } catch {
            let failure = StartFailure(
                kind: .other, stage: "launcher", code: error.code.rawValue,
                message: "start a supervisor: \(error)")
            return try SupervisorMessage.failed(failure).send(control.rawValue, wait: false)
        }
        OwnedDescriptor(adopting: connection).close()
        Supervisor.run(launch, machine: machine)
    }

    /// Does once what every supervisor would do for the first time otherwise: each page touched here is shared.
    private static func warmUp(_ machine: Machine) {
        let request = WarmUp.request
        guard let pair = try? SocketPair(.sequencedPackets) else { return }
        try? request.send(pair.first.rawValue, descriptors: [])
        _ = try? LaunchRequest.receiveUndecoded(pair.second.rawValue)?.decode()
        WarmUp.perform(request.spec, machine)
    }
}

/// What is the same for every container of this machine.
struct Machine {
    var cgroups: CgroupLayout?
    var lastCapability: Int
    /// The file of this program, for containers that take it as their init.
    var program: String

    static func detect(program: String) -> Machine {
        // Without cgroups only a container that asks for one fails, with the reason.
        Machine(
            cgroups: try? CgroupLayout.detect(), lastCapability: Linux.lastCapability(), program: program)
    }
}
