import EngineModel
import Testing

/// Each refusal was tried on dockerd 28.5.
@Suite("What an operation needs of a container's state")
struct LifecycleCheckTests {
    private func life(_ phase: LifecyclePhase) -> Lifecycle {
        var life = Lifecycle()
        if phase == .created { return life }
        life.recordStart(pid: 42, time: Timestamp(nanoseconds: 1), byPolicy: false)
        switch phase {
        case .created, .running: break
        case .paused: life.recordPause()
        case .exited: life.recordExit(code: 0, outOfMemory: false, time: Timestamp(nanoseconds: 2))
        case .restarting:
            life.recordExit(code: 0, outOfMemory: false, time: Timestamp(nanoseconds: 2))
            life.recordRestarting()
        case .removing: life.recordRemoval()
        case .dead: life.recordFailedRemoval(error: "busy")
        }
        return life
    }

    private static let restarting = "Container ID is restarting, wait until the container is running"
    private static let notRunning = "container ID is not running"

    @Test(
        "A pause",
        arguments: [
            (.created, notRunning), (.running, nil), (.paused, "Container ID is already paused"),
            (.restarting, restarting), (.exited, notRunning), (.removing, notRunning), (.dead, notRunning),
        ] as [(LifecyclePhase, String?)])
    func pause(_ phase: LifecyclePhase, _ message: String?) {
        check(message, .conflict) { try life(phase).checkPause(id: "ID") }
    }

    @Test(
        "An unpause, whose refusal Docker calls an internal error",
        arguments: [.created, .running, .restarting, .exited, .removing, .dead] as [LifecyclePhase])
    func unpause(_ phase: LifecyclePhase) throws {
        check("Container ID is not paused", .system) { try life(phase).checkUnpause(id: "ID") }
        try life(.paused).checkUnpause(id: "ID")
    }

    @Test(
        "An exec, which calls a paused container what the client does",
        arguments: [
            (.created, notRunning), (.running, nil),
            (.paused, "Container web is paused, unpause the container before exec"),
            (.restarting, restarting), (.exited, notRunning), (.removing, notRunning), (.dead, notRunning),
        ] as [(LifecyclePhase, String?)])
    func exec(_ phase: LifecyclePhase, _ message: String?) {
        check(message, .conflict) { try life(phase).checkExec(id: "ID", reference: "web") }
    }

    @Test(
        "A list of processes, of paused ones too",
        arguments: [
            (.created, notRunning), (.running, nil), (.paused, nil), (.restarting, restarting),
            (.exited, notRunning), (.removing, notRunning), (.dead, notRunning),
        ] as [(LifecyclePhase, String?)])
    func processes(_ phase: LifecyclePhase, _ message: String?) {
        check(message, .conflict) { try life(phase).checkHasProcesses(id: "ID") }
    }

    @Test(
        "A change of limits, in any state but the last",
        arguments: [.created, .running, .paused, .restarting, .exited] as [LifecyclePhase])
    func update(_ phase: LifecyclePhase) throws {
        try life(phase).checkUpdate()
        for end in [LifecyclePhase.removing, .dead] {
            check("container is marked for removal and cannot be \"update\"", .conflict) {
                try life(end).checkUpdate()
            }
        }
    }

    private func check(_ message: String?, _ kind: EngineError.Kind, _ body: () throws -> Void) {
        guard let message else {
            #expect(throws: Never.self) { try body() }
            return
        }
        let error = #expect(throws: EngineError.self) { try body() }
        #expect(error?.message == message)
        #expect(error?.kind == kind)
    }
}
