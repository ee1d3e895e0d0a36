internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("The default network", .engine)
    struct NetworkTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        private func serve(_ name: String, _ publish: String...) async throws {
            try await docker.must(
                ["run", "-d", "--name", name] + publish.flatMap { ["-p", $0] }
                    + [
                        "busybox", "sh", "-c",
                        "mkdir /www; echo \(name) > /www/index.html; exec httpd -f -h /www",
                    ])
        }

        private func fetch(_ url: String) async throws -> String {
            var text = ""
            _ = try await eventually(within: .seconds(5)) {
                text = try await shell("timeout 2 busybox wget -qO- \(url)").output
                return !text.isEmpty
            }
            return text
        }

        /// An address of this machine that is not loopback.
        private func hostAddress() async throws -> String {
            try await shellMust(
                "ip -4 -o addr show scope global | grep -vE 'docker|berth' | awk '{ split($4, a, \"/\"); print a[1]; exit }'"
            )
        }

        @Test(
            "publishes a port on loopback, on the host's addresses, and to other containers",
            .requires(.ownDaemon))
        func publish() async throws {
            try await serve("web", "18300:80")
            let host = try await hostAddress()
            #expect(try await fetch("http://127.0.0.1:18300/") == "web")
            #expect(try await fetch("http://\(host):18300/") == "web")
            #expect(
                try await docker.must(
                    "run", "--rm", "busybox", "timeout", "3", "wget", "-qO-", "http://\(host):18300/")
                    == "web")
            let gateway = try await docker.must("inspect", "-f", "{{.NetworkSettings.Gateway}}", "web")
            #expect(
                try await docker.must(
                    "run", "--rm", "busybox", "timeout", "3", "wget", "-qO-", "http://\(gateway):18300/")
                    == "web")
            // To itself, over the published port.
            #expect(
                try await docker.must("exec", "web", "timeout", "3", "wget", "-qO-", "http://\(host):18300/")
                    == "web")
            try await docker.must("rm", "-f", "web")
            #expect(try await shell("timeout 1 busybox wget -qO- http://127.0.0.1:18300/").code != 0)
        }

        @Test("publishes on one address only when told so", .requires(.ownDaemon))
        func oneAddress() async throws {
            try await serve("local", "127.0.0.1:18301:80")
            let host = try await hostAddress()
            #expect(try await fetch("http://127.0.0.1:18301/") == "local")
            #expect(try await shell("timeout 1 busybox wget -qO- http://\(host):18301/").code != 0)
            try await docker.must("rm", "-f", "local")
        }

        @Test("publishes UDP", .requires(.ownDaemon))
        func udp() async throws {
            try await docker.must(
                "run", "-d", "--name", "echo", "-p", "18302:9/udp", "busybox", "sleep", "1000")
            // busybox has no UDP server: the host's Python serves from inside the container's network.
            let pid = try await docker.must("inspect", "-f", "{{.State.Pid}}", "echo")
            let server = try LiveProcess(
                "nsenter",
                [
                    "-t", pid, "-n", "python3", "-c",
                    "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 9))\n"
                        + "while True:\n d, a = s.recvfrom(99)\n s.sendto(d, a)",
                ])
            defer { server.kill() }
            #expect(
                try await eventually(within: .seconds(8)) {
                    try await run(
                        "bash", "-c",
                        "exec 3<>/dev/udp/127.0.0.1/18302; echo ping >&3; timeout 1 head -c 4 <&3"
                    ).stdout == "ping"
                })
            try await docker.must("rm", "-f", "echo")
        }

        @Test("publishes ranges and finds free ports", .requires(.ownDaemon))
        func ranges() async throws {
            try await serve("many", "18310-18312:80-82", "80", "127.0.0.1::80")
            #expect(try await fetch("http://127.0.0.1:18310/") == "many")
            let lines = try await docker.must("port", "many", "80").split(separator: "\n").map(String.init)
            for line in lines where line.hasPrefix("127.0.0.1:") {
                #expect(try await fetch("http://\(line)/") == "many")
            }
            #expect(lines.count >= 3)
            try await docker.must("rm", "-f", "many")
        }

        @Test("refuses a port that somebody else listens on, and gives it when it is free again")
        func taken() async throws {
            let holder = try LiveProcess(
                "python3",
                [
                    "-c",
                    "import socket,time; s=socket.socket(); s.bind(('127.0.0.1',18303)); s.listen(); time.sleep(60)",
                ])
            #expect(
                try await eventually {
                    try await run("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/18303").code == 0
                })
            let hostSide = try Engine.shared().daemon != nil
            let result = try await docker(
                "run", "--name", "late", "-d", "-p", "127.0.0.1:18303:80", "busybox", "sleep", "1000")
            if hostSide {
                #expect(result.code == 125)
                #expect(result.stderr.contains("18303"))
            }
            holder.kill()
            try await docker.must("rm", "-f", "late")
            try await serve("later", "127.0.0.1:18303:80")
            try await docker.must("rm", "-f", "later")
        }

        @Test("lets containers reach each other by address and the outside by its gateway")
        func neighbours() async throws {
            try await serve("server")
            let address = try await docker.must("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "server")
            let page = try await docker.must(
                "run", "--rm", "busybox", "sh", "-c",
                "for i in 1 2 3 4 5 6 7 8; do timeout 2 wget -qO- http://\(address)/ && break; sleep 0.3; done"
            )
            #expect(page == "server")
            let server = try await shell(
                "awk '$1 == \"nameserver\" && $2 !~ /:|^127/ { print $2; exit }' /etc/resolv.conf"
            ).output
            if !server.isEmpty,
                try await shell("timeout 3 busybox nslookup deb.debian.org \(server)").code == 0,
                try Engine.shared().daemon != nil
            {
                #expect(
                    try await docker(
                        "run", "--rm", "busybox", "timeout", "5", "nslookup", "deb.debian.org", server
                    ).code == 0)
                #expect(
                    try await docker("run", "--rm", "busybox", "timeout", "5", "nslookup", "deb.debian.org")
                        .code == 0)
            }
            try await docker.must("rm", "-f", "server")
        }

        @Test("gives every container another address, also many at once")
        func addresses() async throws {
            try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        try await docker.must("run", "-d", "--name", "n\(index)", "busybox", "sleep", "1000")
                        return try await docker.must("exec", "n\(index)", "hostname", "-i")
                    }
                }
                var seen: Set<String> = []
                for try await address in group { seen.insert(address) }
                #expect(seen.count == 12)
            }
            try await docker.removeContainers()
        }

        @Test("keeps out of the way with --net host and --net none")
        func modes() async throws {
            // Other engines' links come and go meanwhile.
            let filter = "ls /sys/class/net | grep -v ^veth"
            let links = try await shellMust(filter)
            if try Engine.shared().daemon != nil {
                #expect(
                    try await docker.must("run", "--rm", "--net", "host", "busybox", "sh", "-c", filter)
                        == links)
            }
            #expect(
                try await docker.must("run", "--rm", "--net", "none", "busybox", "ls", "/sys/class/net")
                    == "lo")
            #expect(
                try await docker(
                    "run", "--rm", "--net", "none", "busybox", "ping", "-c", "1", "-W", "1", "192.0.2.1"
                ).code != 0)
        }

        @Test("writes hosts, hostname and resolv.conf, which the container may change for itself alone")
        func files() async throws {
            try await docker.must(
                "run", "-d", "--name", "files", "--hostname", "h1", "--add-host", "peer:192.0.2.9", "busybox",
                "sleep", "1000")
            #expect(try await docker.must("exec", "files", "cat", "/etc/hostname") == "h1")
            let hosts = try await docker.must("exec", "files", "cat", "/etc/hosts")
            #expect(hosts.contains("192.0.2.9\tpeer"))
            #expect(hosts.contains("\th1"))
            try await docker.must("exec", "files", "sh", "-c", "echo 192.0.2.10 own >> /etc/hosts")
            try await docker.must("restart", "-t", "0", "files")
            #expect(try await docker("run", "--rm", "busybox", "grep", "own", "/etc/hosts").code == 1)
            try await docker.must("rm", "-f", "files")
        }

        @Test(
            "works while a dockerd runs on the same host, and leaves that one's networking as it is",
            .requires(.ownDaemon, .peers, .dockerCLI))
        func besideDocker() async throws {
            let peer = Client(.docker, host: "unix://\(peerDockerSocket)")
            guard try await peer("version").code == 0 else {
                return print("skipped: the peer dockerd does not answer")
            }
            try await TestImage.busybox.install(in: peer)
            let rules = try await shellMust(
                "chroot \(peersRoot) iptables-save -t filter | grep -E '^(:|-A) *(FORWARD|DOCKER)' | sed 's/\\[.*//' | grep -v -i berth"
            )
            try await serve("beside", "18304:80")
            #expect(try await fetch("http://127.0.0.1:18304/") == "beside")
            let host = try await hostAddress()
            #expect(
                try await docker.must(
                    "run", "--rm", "busybox", "timeout", "3", "wget", "-qO-", "http://\(host):18304/")
                    == "beside")
            let server = try await shell(
                "awk '$1 == \"nameserver\" && $2 !~ /:|^127/ { print $2; exit }' /etc/resolv.conf"
            ).output
            if !server.isEmpty {
                #expect(
                    try await docker(
                        "run", "--rm", "busybox", "timeout", "5", "nslookup", "deb.debian.org", server
                    ).code == 0, "FORWARD drops it")
            }
            #expect(try await peer.must("run", "--rm", "busybox", "echo", "docker lives") == "docker lives")
            try await docker.must("rm", "-f", "beside")
            let after = try await shellMust(
                "chroot \(peersRoot) iptables-save -t filter | grep -E '^(:|-A) *(FORWARD|DOCKER)' | sed 's/\\[.*//' | grep -v -i berth"
            )
            #expect(after == rules)
        }
    }
}
