import EngineModel
import Testing

@Suite("A container's life")
struct LifecycleTests {
    private let noon = Timestamp(nanoseconds: 1_000)
    private let later = Timestamp(nanoseconds: 2_000)

    private func running() -> Lifecycle {
        var life = Lifecycle()
        life.recordStart(pid: 42, time: noon, byPolicy: false)
        return life
    }

    private func life(_ phase: LifecyclePhase) -> Lifecycle {
        var life = phase == .created ? Lifecycle() : running()
        switch phase {
        case .created, .running: break
        case .paused: life.recordPause()
        case .exited: life.recordExit(code: 3, outOfMemory: false, time: later)
        case .restarting:
            life.recordExit(code: 3, outOfMemory: false, time: later)
            life.recordRestarting()
        case .removing: life.recordRemoval()
        case .dead: life.recordFailedRemoval(error: "busy")
        }
        return life
    }

    @Test(
        "A start begins, joins or is refused, by phase",
        arguments: [LifecyclePhase.created, .exited, .restarting])
    func starts(phase: LifecyclePhase) throws { #expect(try life(phase).requestStart() == .begin) }

    @Test("A running container is running already")
    func startRunning() throws { #expect(try life(.running).requestStart() == .alreadyRunning) }

    @Test(
        "What cannot be started, in Docker's words",
        arguments: [
            (LifecyclePhase.paused, "cannot start a paused container, try unpause instead"),
            (.removing, "container is marked for removal and cannot be started"),
            (.dead, "container is marked for removal and cannot be started"),
        ])
    func startRefused(phase: LifecyclePhase, message: String) {
        let error = #expect(throws: EngineError.self) { try life(phase).requestStart() }
        #expect(error?.message == message)
        #expect(error?.kind == .conflict)
    }

    @Test("A start clears what the last run left")
    func startClears() {
        var life = running()
        life.recordStopRequest()
        life.recordExit(code: 137, outOfMemory: true, time: later)
        #expect((life.phase, life.pid, life.exitCode) == (.exited, 0, 137))
        #expect(life.outOfMemory && life.stoppedByUser && !life.isRunning)
        #expect(life.finished == later)

        life.recordStart(pid: 43, time: later, byPolicy: false)
        #expect((life.phase, life.pid, life.exitCode) == (.running, 43, 0))
        #expect(!life.outOfMemory && !life.stoppedByUser && life.isRunning)
        #expect(life.finished == later, "Docker keeps the end of the last run")
    }

    @Test("Restarts by policy are counted until the user starts it again")
    func restartCount() {
        var life = running()
        for count in 1...3 {
            life.recordExit(code: 1, outOfMemory: false, time: later)
            life.recordRestarting()
            #expect(life.phase == .restarting)
            life.recordStart(pid: 1, time: later, byPolicy: true)
            #expect(life.restartCount == count)
        }
        life.recordStart(pid: 1, time: later, byPolicy: false)
        #expect(life.restartCount == 0)
    }

    @Test("A start that fails leaves a new container new, and an old one exited")
    func failedStart() {
        var new = Lifecycle()
        new.recordFailedStart(exitCode: 127, error: "no such file", time: later)
        #expect((new.phase, new.exitCode, new.error) == (.created, 127, "no such file"))
        #expect(new.finished == nil)

        var old = life(.exited)
        old.recordFailedStart(exitCode: 126, error: "permission denied", time: later)
        #expect((old.phase, old.exitCode) == (.exited, 126))
        #expect(old.finished == later)
    }

    @Test("Pause and unpause only where they mean something")
    func pause() {
        for phase in [LifecyclePhase.created, .exited, .restarting, .removing, .dead] {
            var life = life(phase)
            life.recordPause()
            #expect(life.phase == phase)
            life.recordUnpause()
            #expect(life.phase == phase)
        }
        var life = running()
        life.recordPause()
        #expect(life.phase == .paused && life.isRunning)
        life.recordUnpause()
        #expect(life.phase == .running)
    }

    @Test("A waiting restart can be called off, and only that")
    func cancelRestart() {
        for phase in [LifecyclePhase.created, .running, .paused, .exited, .removing, .dead] {
            var life = life(phase)
            life.cancelRestart()
            #expect(life.phase == phase)
            if phase != .exited {
                life.recordRestarting()
                #expect(life.phase == phase)
            }
        }
        var life = life(.restarting)
        life.cancelRestart()
        #expect(life.phase == .exited)
    }

    @Test("An exit or a failed start during removal does not bring it back")
    func removal() {
        var life = life(.removing)
        life.recordExit(code: 137, outOfMemory: false, time: later)
        #expect(life.phase == .removing)
        life.recordFailedStart(exitCode: 127, error: "", time: later)
        #expect(life.phase == .removing)
        life.recordAbandonedRemoval()
        #expect(life.phase == .exited)

        var new = Lifecycle()
        new.recordRemoval()
        new.recordAbandonedRemoval()
        #expect(new.phase == .created)
    }
}
