internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("An image", .engine)
    struct ImageTests {
        /// Everything of an image's root that a container can see: names, modes, owners, content.
        private static let fingerprint =
            "find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /etc/hosts -o -path /etc/hostname"
            + " -o -path /etc/resolv.conf \\) -prune -o -print0 | sort -z | xargs -0 stat -c '%n %f %u %g %s %N'"
            + " | grep -vE '^/ |^/etc ' | sha256sum; find / -xdev -type f -not -path '/proc/*' -not -path '/sys/*'"
            + " -not -path '/dev/*' -not -path '/etc/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum"

        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        private func look() async throws -> String {
            try await docker.must("run", "--rm", "busybox", "sh", "-c", Self.fingerprint)
        }

        @Test("is untouched after a container changed everything in it and was deleted")
        func untouched() async throws {
            let before = try await look()
            let id = try await docker.must("inspect", "-f", "{{.Id}} {{.RootFS.Layers}}", "busybox")
            try await docker.must(
                "run", "--name", "vandal", "busybox", "sh", "-c",
                "echo x > /new; rm -rf /home /root /usr; chmod 700 /tmp; chown 5:5 /var; echo y >> /etc/passwd;"
                    + " mv /etc/group /etc/gone; ln -s /new /link; mknod /pipe p; cp /bin/busybox /bin/copy; rm /bin/ls"
            )
            #expect(try await look() == before, "seen while the container still exists")
            try await docker.must("rm", "vandal")
            #expect(try await look() == before)
            #expect(try await docker.must("inspect", "-f", "{{.Id}} {{.RootFS.Layers}}", "busybox") == id)
        }

        @Test("stays as it was while containers start, stop, restart and go")
        func lifecycle() async throws {
            let before = try await look()
            try await docker.must(
                "run", "-d", "--name", "worker", "busybox", "sh", "-c",
                "echo $(date) >> /home/log; sleep 1000")
            for _ in 0..<3 { try await docker.must("restart", "-t", "0", "worker") }
            try await docker.must("stop", "-t", "0", "worker")
            try await docker.must("start", "worker")
            try await docker.must("kill", "worker")
            #expect(try await look() == before)
            try await docker.must("rm", "-f", "worker")
            #expect(try await look() == before)
        }

        @Test("gives each container a layer of its own, which lasts as long as the container")
        func layers() async throws {
            for name in ["one", "two"] {
                try await docker.must(
                    "run", "--name", name, "busybox", "sh", "-c",
                    "test ! -e /mine && echo \(name) > /mine && rm /etc/group")
            }
            #expect(
                try await docker("start", "-a", "one").code == 1,
                "the file is still there on the second start")
            try await docker.must("run", "--rm", "busybox", "test", "-s", "/etc/group")
            try await docker.must("rm", "one", "two")
        }

        @Test("that is removed by force leaves the container that runs from it going")
        func removedByForce() async throws {
            try await docker.must("tag", "busybox", "spare")
            try await docker.must("run", "-d", "--name", "user", "spare", "sleep", "1000")
            try await docker.must("rmi", "-f", "spare")
            #expect(try await docker.must("exec", "user", "echo", "alive") == "alive")
            try await docker.must("rm", "-f", "user")
        }

        @Test("with a private data root on a second berthd gives the same result", .requires(.ownDaemon))
        func secondDaemon() async throws {
            let other = try await Daemon()
            do {
                let there = other.client()
                try await TestImage.busybox.install(in: there)
                let command = [
                    "run", "--rm", "--hostname", "same", "busybox", "sh", "-c",
                    Self.fingerprint + "; id; env | sort",
                ]
                let here = try await docker.run(command)
                let answer = try await there.run(command)
                #expect(here.code == 0)
                #expect(here.stdout == answer.stdout)
                let layers = ["inspect", "-f", "{{.RootFS.Layers}} {{.Architecture}}", "busybox"]
                #expect(try await docker.run(layers).stdout == there.run(layers).stdout)
                // Two at once on one machine, each with a container of the same name and an address of its own.
                for client in [docker, there] {
                    try await client.must("run", "-d", "--name", "twin", "busybox", "sleep", "1000")
                }
                for client in [docker, there] {
                    #expect(try await client.must("ps", "-q").split(separator: "\n").count == 1)
                    try await client.must("rm", "-f", "twin")
                }
            } catch {
                Issue.record(error)
            }
            try await other.remove()
        }
    }

    @Suite("Clashing software", .engine, .requires(.debootstrap))
    struct ClashingSoftwareTests {
        @Test("Python 2 from Debian bullseye runs beside Python 3 from bookworm", .timeLimit(.minutes(10)))
        func pythons() async throws {
            let docker = try Engine.shared().client()
            for image in [TestImage.python2, .python3] {
                do { _ = try await image.tar() } catch {
                    // debootstrap is here, the mirror is not: nothing to compare with.
                    return print("skipped: no \(image.rawValue) image can be made here (\(error))")
                }
                try await image.install(in: docker)
            }
            try await docker.must(
                "run", "-d", "--name", "old", "python2", "python2", "-c", "import time; time.sleep(1000)")
            try await docker.must(
                "run", "-d", "--name", "new", "python3", "python3", "-c", "import time; time.sleep(1000)")
            #expect(try await docker.must("exec", "old", "python2", "-c", "print 'two', 3/2") == "two 1")
            #expect(
                try await docker.must("exec", "new", "python3", "-c", "print('three', 3/2)") == "three 1.5")
            #expect(try await docker("exec", "old", "python3", "-V").code == 127)
            #expect(try await docker("exec", "new", "python2", "-V").code == 127)
            #expect(try await docker.must("exec", "old", "cat", "/etc/debian_version").hasPrefix("11"))
            #expect(try await docker.must("exec", "new", "cat", "/etc/debian_version").hasPrefix("12"))
            // A package installation's worth of change in one is nothing to the other.
            try await docker.must(
                "exec", "old", "sh", "-c", "rm -rf /usr/lib/python2.7 && echo x > /etc/debian_version")
            #expect(
                try await docker.must("run", "--rm", "python2", "python2", "-c", "print 1").hasSuffix("1"))
            try await docker.must("rm", "-f", "old", "new")
        }
    }
}
