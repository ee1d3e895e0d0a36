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

        /// What a daemon does when it is killed.
        private enum Work: CaseIterable {
            case pull, push, load, save, `import`, commit, tag, remove

            var longestMilliseconds: UInt64 {
                switch self {
                case .pull, .push, .load, .import: 1200
                case .save, .commit: 400
                case .tag, .remove: 40
                }
            }

            /// An image that is there, or is not, once the command has said that it is done.
            func outcome(name: String, made: String, big: String) -> (String, Bool)? {
                switch self {
                case .pull, .save, .push: (name, true)
                case .load: ("\(big):latest", true)
                case .import, .commit, .tag: (made, true)
                case .remove: (name, false)
                }
            }
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
            let names =
                ["shared:a", "shared:b", "one:zstd"].map { "\(relay.address)/test/\($0)" } + ["\(big):latest"]
            let rounds = environmentVariable("BERTH_CRASH_ROUNDS").flatMap { Int($0) } ?? 16
            let folder = registry.scratch.path
            try await docker.must("pull", "-q", big)
            try await docker.must("save", "-o", "\(folder)/big.tar", big)
            for round in 0..<rounds {
                let name = names[Int(random.next() % UInt64(names.count))]
                let made = "made:\(round)"
                let kind = Work.allCases[Int(random.next() % UInt64(Work.allCases.count))]
                let arguments: [String] =
                    switch kind {
                    case .pull: ["pull", name]
                    case .push: ["push", "\(relay.address)/pushed/\(round):x"]
                    case .load: ["load", "-i", "\(folder)/big.tar"]
                    case .save: ["save", "-o", "\(folder)/saved.tar", name]
                    case .import: ["import", "\(folder)/big.tar", made]
                    case .commit: ["commit", "crashed", made]
                    case .tag: ["tag", name, made]
                    case .remove: ["rmi", "-f", name]
                    }
                if kind == .load { _ = try await docker("rmi", "-f", big) }
                if kind != .pull && kind != .load { try await docker.must("pull", "-q", name) }
                if kind == .push { try await docker.must("tag", name, arguments[1]) }
                if kind == .commit {
                    try await docker.must(
                        "run", "--name", "crashed", name, "sh", "-c", "head -c 20000000 /dev/zero > /zeros")
                }
                try relay.setRules(#"[{"path": "/blobs/", "do": "slow", "seconds": 0.02}]"#)
                let running = try docker.live(arguments)
                let delay = random.next() % kind.longestMilliseconds
                try await Task.sleep(for: .milliseconds(Int64(delay)))
                let what =
                    "seed \(seed), round \(round): \(arguments.joined(separator: " ")) killed after \(delay) ms"
                try await daemon.crash()
                let code = try await running.exitCode()
                try relay.setRules("[]")
                try await daemon.start()
                #expect(try await StoreFiles(daemon).names("tmp").allSatisfy { $0.hasPrefix(".") }, "\(what)")
                let known = try await docker.must("images", "--format", "{{.Repository}}:{{.Tag}}")
                    .split(separator: "\n").map(String.init)
                if code == 0, let (image, isThere) = kind.outcome(name: name, made: made, big: big) {
                    #expect(known.contains(image) == isThere, "what was acknowledged holds: \(what)")
                }
                let check = try await docker("system", "check")
                #expect(check.code == 0, "\(what): \(check)")
                if kind == .commit { try await docker.must("rm", "crashed") }
                try await docker.must("pull", "-q", name)
                #expect(try await docker.must("run", "--rm", name, "echo", "well") == "well", "\(what)")
                if known.contains(made) {
                    // What is there is whole: it can be sent on.
                    try await docker.must("save", "-o", "\(folder)/saved.tar", made)
                    try await docker.must("rmi", "-f", made)
                }
                if kind == .push { try await docker.must("push", "-q", arguments[1]) }
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
