internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// What an operator tells berthd, by flags, file, signal and socket.
    @Suite("A berthd's settings", .requires(.ownDaemon), .timeLimit(.minutes(3)))
    struct DaemonSettingsTests {
        /// A daemon with `file` as its daemon.json, given to `body` with the file's path.
        private func with(
            _ file: String, _ options: [String] = [], image: Bool = false,
            _ body: (Daemon, Client, String) async throws -> Void
        ) async throws {
            let scratch = try Scratch("settings")
            defer { scratch.remove() }
            let path = "\(scratch.path)/daemon.json"
            try writeFile(path, file)
            let daemon = try await Daemon(options: ["--config-file", path] + options)
            let client = daemon.client()
            do {
                if image { try await TestImage.busybox.install(in: client) }
                try await body(daemon, client, path)
            } catch {
                try? await daemon.remove()
                throw error
            }
            try await daemon.remove()
        }

        private func berthd(_ arguments: String...) async throws -> CommandResult {
            try await Command("\(programsFolder)/berthd", arguments).run()
        }

        @Test("info shows them, and containers get what they leave open")
        func defaults() async throws {
            let file = """
                {"labels": ["site=here"], "default-shm-size": "1M", "default-ipc-mode": "shareable", "init": true,
                 "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 100, "Hard": 200}}, "dns": ["192.0.2.7"],
                 "no-new-privileges": true, "log-opts": {"max-size": "1m"}, "cgroup-parent": "/berth-settings",
                 "insecure-registries": ["registry.test:5000"], "registry-mirrors": ["https://mirror.test"],
                 "debug": true, "http-proxy": "http://proxy.test:1", "seccomp-profile": "unconfined",
                 "default-address-pools": [{"base": "10.213.0.0/16", "size": 24}]}
                """
            try await with(file, image: true) { _, docker, _ in
                let info = try JSONValue(
                    parsing: Array(try await docker.must("info", "--format", "json").utf8))
                #expect(info["Labels"] == ["site=here"])
                #expect(info["Debug"] == true)
                #expect(info["HttpProxy"] == "http://proxy.test:1")
                #expect(
                    info["SecurityOptions"] == [
                        "name=seccomp,profile=unconfined", "name=cgroupns", "name=no-new-privileges",
                    ])
                #expect(info["RegistryConfig"]?["Mirrors"] == ["https://mirror.test/"])
                #expect(info["RegistryConfig"]?["IndexConfigs"]?["registry.test:5000"]?["Secure"] == false)

                let script =
                    "ulimit -n; ulimit -Hn; grep NoNewPrivs: /proc/self/status; grep Seccomp: /proc/self/status; "
                    + "df -k /dev/shm | tail -1 | awk '{print $2}'; cat /etc/resolv.conf; cat /proc/1/comm; hostname -i"
                let seen = try await docker.must("run", "--rm", "busybox", "sh", "-c", script)
                #expect(seen.hasPrefix("100\n200\nNoNewPrivs:\t1\nSeccomp:\t0\n1024\n"), "\(seen)")
                #expect(seen.contains("nameserver 192.0.2.7"))
                #expect(seen.split(separator: "\n").last?.hasPrefix("10.213.0.") == true, "\(seen)")
                let own = try await docker.must(
                    "run", "--rm", "--ulimit", "nofile=50", "--security-opt", "no-new-privileges=false",
                    "busybox",
                    "sh", "-c", "ulimit -n; grep NoNewPrivs: /proc/self/status")
                #expect(own == "50\nNoNewPrivs:\t0")

                try await docker.must("create", "--name", "box", "busybox", "true")
                let shown = try await docker.must(
                    "inspect", "-f",
                    "{{.HostConfig.IpcMode}} {{.HostConfig.ShmSize}} {{index .HostConfig.LogConfig.Config \"max-size\"}} "
                        + "{{.HostConfig.CgroupParent}}", "box")
                #expect(shown == "shareable 1048576 1m /berth-settings")
            }
        }

        @Test("what cannot be is refused before anything is touched, with exit code 1")
        func refusals() async throws {
            let scratch = try Scratch("settings")
            defer { scratch.remove() }
            let path = "\(scratch.path)/daemon.json"
            try writeFile(path, #"{"debug": true}"#)
            let conflict = try await berthd("--validate", "--config-file", path, "-D")
            #expect(conflict.code == 1)
            #expect(
                conflict.stderr
                    == "unable to configure the Docker daemon with file \(path): the following directives are "
                    + "specified both as a flag and in the configuration file: debug: (from flag: true, from file: true)\n"
            )
            let fine = try await berthd("--validate", "--config-file", path)
            #expect((fine.code, fine.stdout) == (0, "configuration OK\n"))
            #expect(try await berthd("--nosuch").code == 125)
            try writeFile(path, #"{"log-driver": "nosuch"}"#)
            let driver = try await berthd(
                "--config-file", path, "--data-root", "\(scratch.path)/d", "--exec-root", "\(scratch.path)/e",
                "-H",
                "unix://\(scratch.path)/s")
            #expect(driver.code == 1)
            #expect(driver.stderr.contains("error looking up logging plugin nosuch"), "\(driver)")
        }

        @Test("SIGHUP reads the file again, tells so, and keeps what was when the file is wrong")
        func reload() async throws {
            try await with(#"{"labels": ["a=1"]}"#) { daemon, docker, path in
                let pid = try #require(daemon.pid)
                try writeFile(
                    path, #"{"labels": ["a=2"], "debug": true, "shutdown-timeout": 7, "mtu": 1400}"#)
                _ = try signalProcess(pid, 1)
                #expect(
                    try await eventually { try await docker.must("info", "-f", "{{.Labels}}") == "[a=2]" })
                #expect(try await docker.must("info", "-f", "{{.Debug}}") == "true")
                let now = try await shellMust("date +%s.%N")
                let event = try await docker.must(
                    "events", "--since", "0", "--until", now, "--filter", "type=daemon", "--format",
                    "{{.Action}} {{.Actor.Attributes.labels}} {{index .Actor.Attributes \"shutdown-timeout\"}}"
                )
                #expect(event == #"reload ["a=2"] 7"#)
                try writeFile(path, "{broken")
                _ = try signalProcess(pid, 1)
                #expect(try await eventually { daemon.log.contains("configuration not reloaded") })
                #expect(try await docker.must("info", "-f", "{{.Labels}}") == "[a=2]")
            }
        }

        @Test("a second berthd on the same data root or exec root is refused with words")
        func sideBySide() async throws {
            try await with("{}") { daemon, docker, _ in
                let scratch = try Scratch("second")
                defer { scratch.remove() }
                let sameData = try await berthd(
                    "-H", "unix://\(scratch.path)/s", "--data-root", daemon.dataRoot, "--exec-root",
                    "\(scratch.path)/e", "--runtime-program", runtimeProgram)
                #expect(sameData.code == 1 && sameData.stderr.contains(daemon.dataRoot), "\(sameData)")
                let sameExec = try await berthd(
                    "-H", "unix://\(scratch.path)/s", "--data-root", "\(scratch.path)/d", "--exec-root",
                    daemon.execRoot, "--runtime-program", runtimeProgram)
                #expect(sameExec.code == 1)
                #expect(sameExec.stderr.contains("is in use by another berthd"), "\(sameExec)")
                #expect(try await docker.must("ps", "-q") == "", "the first one goes on")
            }
        }

        @Test("the socket belongs to the group that was named, with mode 0660")
        func group() async throws {
            try await with("{}", ["--group", "daemon"]) { daemon, _, _ in
                let owner = try await shellMust("stat -c '%a %G' \(daemon.socket)")
                #expect(owner == "660 daemon")
            }
            let refused = try await berthd("--group", "nosuchgroup", "-H", "unix:///tmp/nosuch.sock")
            #expect(refused.code == 1 && refused.stderr.contains("group nosuchgroup not found"), "\(refused)")
        }

        @Test("sockets that systemd passes are served, by all names")
        func activation() async throws {
            let scratch = try Scratch("activation")
            defer { scratch.remove() }
            // A launcher in two lines, as systemd-socket-activate is not everywhere.
            let launcher = """
                import os, socket, sys
                one = socket.socket(socket.AF_UNIX); one.bind(sys.argv[1] + "/one"); one.listen()
                two = socket.socket(socket.AF_INET); two.bind(("127.0.0.1", 0)); two.listen()
                print(two.getsockname()[1], flush=True)
                os.dup2(one.fileno(), 13); os.dup2(two.fileno(), 14)
                os.dup2(13, 3); os.dup2(14, 4)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="api:net")
                os.execv(sys.argv[2], sys.argv[2:])
                """
            let daemon = try LiveProcess(
                "/usr/bin/python3",
                [
                    "-c", launcher, scratch.path, "\(programsFolder)/berthd", "-H", "fd://", "--data-root",
                    "\(scratch.path)/d", "--exec-root", "\(scratch.path)/e", "--runtime-program",
                    runtimeProgram,
                ], environment: [:])
            defer { daemon.kill() }
            #expect(try await daemon.prints("\n"))
            let port = daemon.stdout.split(separator: "\n").first.map { String($0) } ?? ""
            let overUnix = Client(.berth, host: "unix://\(scratch.path)/one")
            #expect(try await eventually { try await overUnix("version", timeout: .seconds(5)).code == 0 })
            let overTCP = Client(.berth, host: "tcp://127.0.0.1:\(port)")
            #expect(try await overTCP.must("version", "-f", "{{.Server.Os}}") == "linux")
            let bridge = try await overUnix.must(
                "network", "inspect", "bridge", "-f", "{{index .Options \"com.docker.network.bridge.name\"}}")
            daemon.signal(15)
            #expect(try await daemon.exitCode(within: .seconds(20)) == 0)
            try await shell("ip link delete \(bridge); nft delete table ip \(bridge)")
            let none = try await berthd("-H", "fd://")
            #expect(
                none.code == 1 && none.stderr.contains("no sockets found via socket activation"), "\(none)")
        }

        @Test("metrics are served where they were asked for, under dockerd's names")
        func metrics() async throws {
            let port = try freePort()
            try await with("{}", ["--metrics-addr", "127.0.0.1:\(port)"], image: true) { _, docker, _ in
                try await docker.must("run", "-d", "--name", "counted", "busybox", "sleep", "1000")
                try await docker.must("create", "--name", "idle", "busybox", "true")
                let page = try await shellMust("curl -s http://127.0.0.1:\(port)/metrics")
                for line in [
                    "engine_daemon_container_states_containers{state=\"running\"} 1",
                    "engine_daemon_container_states_containers{state=\"stopped\"} 1",
                    "engine_daemon_container_states_containers{state=\"paused\"} 0",
                    "engine_daemon_container_actions_seconds_count{action=\"create\"} 2",
                    "engine_daemon_container_actions_seconds_count{action=\"start\"} 1",
                    "engine_daemon_container_actions_seconds_bucket{action=\"start\",le=\"+Inf\"} 1",
                    "engine_daemon_health_checks_total 0", "# TYPE engine_daemon_events_total counter",
                    "# TYPE process_resident_memory_bytes gauge",
                ] { #expect(page.contains(line), "\(line)\n\(page)") }
                #expect(page.contains("engine_daemon_engine_info{architecture="))
                #expect(
                    try await shell("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:\(port)/x")
                        .output == "404")
            }
        }
    }
}

/// A TCP port that is free at the moment.
func freePort() throws -> UInt16 {
    let socket = try listenInternet(SocketAddress(.anyIPv4, 0), kind: .stream)
    return try localPort(socket.rawValue)
}
