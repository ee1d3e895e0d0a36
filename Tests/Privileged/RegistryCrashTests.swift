internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// `kill -9` at random: what was acknowledged is there and whole, and nothing else is left.
    @Suite(
        "A daemon killed while images come and go", .engine, .requires(.registry, .ownDaemon),
        .timeLimit(.minutes(10)))
    struct RegistryCrashTests {
        private let docker: Client
        private let daemon: Daemon

        init() throws {
            let engine = try Engine.shared()
            docker = engine.client()
            daemon = try #require(engine.daemon)
        }

        @Test("has a whole store again after each restart")
        func killed() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let relay = try await TestServer.relay(to: registry.address)
            let seed =
                environmentVariable("BERTH_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
            print("seed of the kills: \(seed) (BERTH_SEED)")
            var random = SeededNumbers(seed)
            let big = "\(relay.address)/test/big"
            let names = ["shared:a", "shared:b", "one:zstd"].map { "\(relay.address)/test/\($0)" } + [big]
            let rounds = environmentVariable("BERTH_CRASH_ROUNDS").flatMap { Int($0) } ?? 12
            for round in 0..<rounds {
                let name = names[Int(random.next() % UInt64(names.count))]
                let work: [[String]] = [
                    ["pull", name], ["rmi", "-f", name], ["push", "\(relay.address)/pushed/\(round):x"],
                ]
                let chosen = work[Int(random.next() % 3)]
                if chosen[0] != "pull" { try await docker.must("pull", "-q", name) }
                if chosen[0] == "push" { try await docker.must("tag", name, chosen[1]) }
                try relay.setRules(#"[{"path": "/blobs/", "do": "slow", "seconds": 0.02}]"#)
                let running = try docker.live(chosen)
                let delay = chosen[0] == "rmi" ? random.next() % 40 : random.next() % 1200
                try await Task.sleep(for: .milliseconds(Int64(delay)))
                let what =
                    "seed \(seed), round \(round): \(chosen.joined(separator: " ")) killed after \(delay) ms"
                try await daemon.crash()
                let code = try await running.exitCode()
                try relay.setRules("[]")
                try await daemon.start()
                #expect(try await StoreFiles(daemon).names("tmp").allSatisfy { $0.hasPrefix(".") }, "\(what)")
                let known = try await docker.must("images", "--format", "{{.Repository}}:{{.Tag}}")
                if code == 0 {
                    #expect(
                        known.contains(name) == (chosen[0] != "rmi"), "what was acknowledged holds: \(what)")
                }
                let check = try await docker("system", "check")
                #expect(check.code == 0, "\(what): \(check)")
                try await docker.must("pull", "-q", name)
                #expect(try await docker.must("run", "--rm", name, "echo", "well") == "well", "\(what)")
                if chosen[0] == "push" { try await docker.must("push", "-q", chosen[1]) }
            }
            for line in try await docker.must("images", "-q").split(separator: "\n") {
                _ = try await docker("rmi", "-f", String(line))
            }
        }
    }
}

/// Numbers that a seed gives again (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
