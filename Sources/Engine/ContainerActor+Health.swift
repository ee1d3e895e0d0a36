internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// Begins to probe the container that has just started or was adopted.
    func startHealthChecks() {
        if health == nil, let config = record.config.healthcheck {
            health = HealthMonitor(
                config: config, health: record.health ?? HealthState(), shell: record.config.shell
            ) { [weak self] command, _ in
                guard let self else { return (-1, "") }
                let answer = await probe(command)
                services.metrics.healthCheckEnded(failed: answer.exitCode != 0)
                return answer
            } onChange: { [weak self] health in
                await self?.healthChanged(to: health.status)
            }
        }
        health?.start(at: record.lifecycle.started ?? .now)
    }

    private func healthChanged(to status: String) {
        publish("health_status: \(status)")
        record.health = health?.kept
        saveState()
    }

    /// The health in Docker's words; "none" where nothing is checked.
    var healthStatus: String {
        if let status = health?.health.status { return status }
        return record.health?.status.rawValue ?? "none"
    }

    /// Runs one probe: an exec whose output is kept; a cancelled one is killed.
    private func probe(_ command: [String]) async -> (exitCode: Int, output: String) {
        var config = ExecConfig()
        config.cmd = command
        config.attachStdout = true
        config.attachStderr = true
        let began = ContinuousClock.now
        do {
            let exec = try await createExec(config)
            guard let session = try await startExec(exec, ExecStartConfig()) else { return (-1, "") }
            services.metrics.healthCheckStarted(since: began)
            let process = process
            return await withTaskCancellationHandler {
                var frames: [UInt8] = []
                while let bytes = try? await session.nextOutput() {
                    // All of it is read, so that the probe is never held up; the beginning is kept.
                    if frames.count < 65536 { frames += bytes }
                }
                var code = -1
                if case .ended(let failed) = exec.phase {
                    code = failed
                } else if let status = try? await process?.execExit(exec.id).value() {
                    code = Int(status.code)
                }
                execs[exec.id] = nil
                process?.forgetExec(exec.id)
                return (code, String(decoding: Self.payloads(frames), as: UTF8.self))
            } onCancel: {
                Task { try? await process?.signalExec(exec.id, SignalName.kill.number) }
            }
        } catch {
            return (-1, "\(error)")
        }
    }

    /// The first 4096 bytes or so of what the stdcopy frames in `bytes` hold.
    private static func payloads(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while index + 8 <= bytes.count, output.count < 4096 {
            let length = bytes[index + 4..<index + 8].reduce(0) { $0 << 8 | Int($1) }
            let end = min(index + 8 + length, bytes.count)
            output += bytes[index + 8..<end]
            index = end
        }
        return output
    }
}
