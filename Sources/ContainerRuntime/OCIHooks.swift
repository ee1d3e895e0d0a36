internal import Linux
internal import OCI

/// Runs the hooks of one point one after another; `state` is on their standard input.
///
/// For a process with one thread, on either side of the clone. The first failure ends it.
func runHooks(_ hooks: [RuntimeSpec.Hook], _ point: String, state: String) throws(OCIFailure) {
    for (index, hook) in hooks.enumerated() {
        do {
            try runHook(hook, state: state)
        } catch {
            throw OCIFailure("error running \(point) hook #\(index): \(error)")
        }
    }
}

private func runHook(_ hook: RuntimeSpec.Hook, state: String) throws {
    let input = try memoryFile("berth-hook", Array(state.utf8))
    let (read, write) = try makePipe()
    let output = OwnedDescriptor(adopting: read)
    switch try forkProcess() {
    case .child:
        _ = try? duplicate(input.rawValue, to: 0)
        _ = try? duplicate(write, to: 1)
        _ = try? duplicate(write, to: 2)
        try? closeOnExec(from: 3)
        resetSignals()
        do {
            try executeProgram(hook.path, hook.args.isEmpty ? [hook.path] : hook.args, hook.env)
        } catch {
            try? writeAll(2, Array("\(error)\n".utf8))
        }
        exitNow(127)
    case .parent(let pid, let handle):
        OwnedDescriptor(adopting: write).close()
        try setNonBlocking(output.rawValue)
        let deadline = hook.timeout.map { monotonicMicroseconds() + Int64($0) * 1_000_000 }
        var said: [UInt8] = []
        while true {
            collect(output.rawValue, into: &said)
            if let ended = try reapChild(pid) {
                collect(output.rawValue, into: &said)
                if ended.status == 0 && !ended.signalled { return }
                let how = ended.signalled ? "signal: \(ended.status)" : "exit status \(ended.status)"
                let words = String(decoding: said.prefix(4096), as: UTF8.self)
                throw OCIFailure("\(how), stdout and stderr: \(words.trimmingNewlines)")
            }
            if let deadline, monotonicMicroseconds() > deadline {
                _ = _ = try? signalProcess(pidfd: handle.rawValue, 9)
                _ = try? reapChild(pid, wait: true)
                throw OCIFailure("hook ran past specified timeout of \(hook.timeout ?? 0)s")
            }
            sleepMilliseconds(1)
        }
    }
}

private func collect(_ descriptor: Int32, into bytes: inout [UInt8]) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = chunk.withUnsafeMutableBytes { buffer -> Int in
            do throws(SystemError) { return try readBytes(descriptor, into: buffer) } catch { return 0 }
        }
        if count <= 0 { return }
        if bytes.count < 1 << 16 { bytes.append(contentsOf: chunk[..<count]) }
    }
}

extension String {
    var trimmingNewlines: Substring {
        var rest = self[...]
        while rest.last?.isNewline == true { rest.removeLast() }
        return rest
    }
}
