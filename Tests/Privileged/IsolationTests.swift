internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("A container", .engine)
    struct IsolationTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        private func inside(_ script: String) async throws -> String {
            try await docker.must("run", "--rm", "busybox", "sh", "-c", script)
        }

        @Test("sees only its own processes, and is PID 1 among them")
        func processes() async throws {
            try await docker.must("run", "-d", "--name", "other", "busybox", "sleep", "4321")
            let seen = try await inside("echo $$; cat /proc/[0-9]*/comm; ps -o args")
            #expect(seen.hasPrefix("1\n"))
            #expect(!seen.contains("4321"))
            #expect(!seen.contains("berthd"))
            #expect(try await docker.must("exec", "other", "sh", "-c", "ls -d /proc/[0-9]* | wc -l") != "0")
            try await docker.must("rm", "-f", "other")
        }

        @Test("sees only its own files")
        func files() async throws {
            let scratch = try Scratch("isolation")
            defer { scratch.remove() }
            try writeFile("\(scratch.path)/secret", "host")
            #expect(try await inside("ls \(scratch.path) 2>&1 || true").contains("No such file"))
            #expect(try await inside("ls /") == "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar")
            #expect(try await inside("cat /proc/mounts").contains(scratch.path) == false)
        }

        @Test(
            "cannot leave its root by the ways that are known",
            arguments: [
                "cd /; for i in 1 2 3 4 5 6 7 8 9; do cd ..; done; ls",
                "mkdir -p /tmp/j; chroot /tmp/j true 2>/dev/null; cd ../../../../..; ls",
                "ls /proc/1/root/",
                "ls /proc/self/root/../../..",
            ])
        func roots(_ script: String) async throws {
            #expect(try await inside(script) == "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar")
        }

        @Test("sees only its own interface")
        func interface() async throws {
            #expect(try await inside("ls /sys/class/net").split(separator: "\n") == ["eth0", "lo"])
            #expect(try await inside("ip -4 -o addr show eth0 | wc -l") == "1")
            #expect(
                try await inside("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' ' | sort")
                    == "eth0\nlo")
            let one = try await inside("hostname -i")
            #expect(one.split(separator: ".").count == 4)
        }

        @Test("has a hostname and System V objects of its own")
        func names() async throws {
            let host = try await shellMust("hostname")
            #expect(try await inside("hostname") != host)
            #expect(
                try await docker.must("run", "--rm", "--hostname", "changed", "busybox", "hostname")
                    == "changed")
            #expect(try await shellMust("hostname") == host)
            let segments = try await shellMust("ipcs -m | grep -c 0x || true")
            #expect(try await inside("ipcs -m | grep -c 0x || true") == "0", "the host has \(segments)")
        }

        @Test("holds only default capabilities, a system call filter, and no device but the standard ones")
        func privileges() async throws {
            #expect(try await inside("grep CapEff /proc/self/status | cut -f2") == "00000000a80425fb")
            #expect(try await inside("grep ^Seccomp: /proc/self/status | cut -f2") == "2")
            #expect(try await inside("mount -t proc p /mnt 2>/dev/null; echo $?") != "0")
            #expect(try await inside("hostname other 2>/dev/null; echo $?") == "1")
            #expect(
                try await inside("mknod /disk b 254 0 && head -c1 /disk 2>&1 || true").contains(
                    "not permitted"))
            #expect(try await inside("unshare -U true 2>&1; echo $?").hasSuffix("1"))
            #expect(try await inside("date -s 2001-01-01 2>&1 || true").contains("not permitted"))
        }

        @Test(
            "cannot change what is the kernel's",
            arguments: [
                "echo 1 > /proc/sys/kernel/panic", "echo x > /sys/kernel/uevent_helper",
                "echo 1 > /proc/irq/0/smp_affinity", "echo 0 > /sys/fs/cgroup/memory/memory.limit_in_bytes",
                "dmesg -c >/dev/null",
            ])
        func kernel(_ script: String) async throws {
            #expect(try await docker("run", "--rm", "busybox", "sh", "-c", script).code != 0)
        }

        @Test("leaves no open file of the daemon in its processes")
        func descriptors() async throws {
            #expect(try await inside("ls /proc/self/fd | wc -l") == "4", "0, 1, 2 and ls's own")
            #expect(try await inside("readlink /proc/1/cwd") == "/")
        }

        @Test("reaches the outside, and is reached from outside only where it publishes")
        func outside() async throws {
            let gateway = try await inside("ip route | awk '$1 == \"default\" { print $3 }'")
            #expect(
                try await docker("run", "--rm", "busybox", "ping", "-c", "1", "-W", "3", gateway).code == 0)
        }

        @Test("that is privileged may do all of it", .requires(.overlay))
        func privileged() async throws {
            let seen = try await docker.must(
                "run", "--rm", "--privileged", "busybox", "sh", "-c",
                "grep CapEff /proc/self/status | cut -f2; ls /dev | wc -l; mount -t tmpfs t /mnt 2>&1 || mount -t tmpfs t /tmp;"
                    + " hostname changed && hostname; touch /sys/kernel/x 2>&1 | grep -c Read-only; true")
            let lines = seen.split(separator: "\n")
            #expect(lines.first?.hasPrefix("000001ff") == true)
            #expect(lines.contains("changed"))
        }
    }
}
