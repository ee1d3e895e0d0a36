internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Archives that want more than a root filesystem of their own.
    @Suite("A hostile archive", .engine)
    struct ArchiveTests {
        private let docker: Client

        /// A busybox that looks into images which hold no program; every engine sees it there.
        private static let tool = "\(Scratch.folder)/berth-test-busybox"

        init() async throws {
            docker = try Engine.shared().client()
            try await shellMust("test -e \(Self.tool) || cp \"$(command -v busybox)\" \(Self.tool)")
        }

        /// Makes `archive.tar` by `script` in a scratch folder, imports it, and cleans up whatever came of it.
        private func importing(
            _ script: String, check: (CommandResult, String) async throws -> Void
        ) async throws {
            let scratch = try Scratch("archive")
            defer { scratch.remove() }
            try await shellMust("cd \(scratch.path) && \(script)")
            let result = try await docker(
                "import", "\(scratch.path)/archive.tar", "hostile:1", timeout: .seconds(120))
            try await check(result, scratch.path)
            try await docker("rmi", "-f", "hostile:1")
        }

        private func list(_ path: String) async throws -> String {
            try await docker(
                "run", "--rm", "-v", "\(Self.tool):/.tool/busybox", "--entrypoint", "/.tool/busybox",
                "hostile:1", "find", path
            ).stdout
        }

        @Test("with names that climb out stays inside or is refused")
        func climbing() async throws {
            try await importing(
                "echo x > f && tar -cPf archive.tar --transform 's|^|../../../../../../tmp/berth-escaped-|' f"
            ) { _, _ in
                #expect(!fileExists("/tmp/berth-escaped-f"))
            }
        }

        @Test("with absolute names stays inside")
        func absolute() async throws {
            try await importing(
                "echo x > f && tar -cPf archive.tar --transform 's|^|/tmp/berth-absolute-|' f"
            ) { result, _ in
                #expect(!fileExists("/tmp/berth-absolute-f"))
                let files = try await list("/tmp")
                #expect(result.code != 0 || files.contains("/tmp/berth-absolute-f"))
            }
        }

        @Test("with a link out and a file behind it stays inside")
        func symbolicLink() async throws {
            try await importing(
                "mkdir out a b && ln -s \(Scratch.folder)/victim a/link && mkdir b/link && echo x > b/link/f"
                    + " && mkdir -p \(Scratch.folder)/victim && tar -C a -cf archive.tar link && tar -C b -rf archive.tar link/f"
            ) { _, _ in
                #expect(!fileExists("\(Scratch.folder)/victim/f"))
                try removeTree("\(Scratch.folder)/victim")
            }
        }

        @Test("with a hard link to a file of the host is refused or finds nothing")
        func hardLink() async throws {
            try await importing(
                "python3 -c \"import tarfile; t=tarfile.open('archive.tar','w'); i=tarfile.TarInfo('stolen'); i.type=tarfile.LNKTYPE;"
                    + " i.linkname='/etc/shadow'; t.addfile(i); i=tarfile.TarInfo('climb'); i.type=tarfile.LNKTYPE;"
                    + " i.linkname='../../../../../../etc/shadow'; t.addfile(i); t.close()\""
            ) { result, _ in
                let stolen = try await list("/stolen")
                #expect(result.code != 0 || stolen.isEmpty)
            }
        }

        @Test(
            "that is cut off or lies about sizes is refused, and nothing is left",
            arguments: [
                "head -c 100000 /dev/urandom > f && tar -cf whole.tar f && head -c 50000 whole.tar > archive.tar",
                "echo x > f && tar -cf archive.tar f && printf 77777777777 | dd of=archive.tar bs=1 seek=124 conv=notrunc 2>/dev/null",
                "head -c 4096 /dev/urandom > archive.tar",
                "printf '\\037\\213\\010garbage after a gzip header' > archive.tar",
            ])
        func broken(_ script: String) async throws {
            let before = try await docker.must("images", "-q")
            try await importing(script) { result, _ in
                #expect(result.code == 1)
                #expect(result.stderr.trimmed.split(separator: "\n").count == 1, "\(result.stderr)")
            }
            #expect(try await docker.must("images", "-q") == before)
        }

        @Test("with devices, odd names, deep folders and special modes unpacks to what it says")
        func oddities() async throws {
            try await importing(
                "mkdir -p r/$(yes d | head -60 | tr '\\n' '/') 'r/a b' && touch \"r/$(printf 'bad\\377utf')\" 'r/new\nline' r/$(yes n | head -c 250 | tr -d '\\n')"
                    + " && mknod r/null c 1 3 && mkfifo r/pipe && cp /bin/busybox r/suid && chmod 4755 r/suid && mkdir r/sticky && chmod 1777 r/sticky"
                    + " && touch r/owned && chown 12345:54321 r/owned && touch -d @1000000000 r/old && ln r/owned r/hard && truncate -s 64M r/sparse"
                    + " && tar --format=pax --sparse -C r -cf archive.tar ."
            ) { result, _ in
                #expect(result.code == 0, "\(result)")
                let seen = try await docker(
                    "run", "--rm", "-v", "\(Self.tool):/.tool/busybox", "--entrypoint", "/.tool/busybox",
                    "hostile:1", "stat", "-c", "%n %F %a %u:%g %s %Y %h",
                    "/suid", "/sticky", "/owned", "/old", "/pipe", "/sparse")
                let expected = [
                    "/suid regular file 4755 0:0", "/sticky directory 1777", "/owned regular", "12345:54321",
                    "1000000000", "/pipe fifo", "67108864",
                ]
                for words in expected { #expect(seen.stdout.contains(words), "\(seen)") }
                #expect(try await list("/").utf8.count > 300)
            }
        }

        @Test("of a thousand small files and one of 100 MB arrives whole")
        func volume() async throws {
            try await importing(
                "mkdir r && for i in $(seq 1000); do echo $i > r/f$i; done && head -c 100000000 /dev/zero | tr '\\0' z > r/big && tar -C r -cf archive.tar ."
            ) { result, _ in
                #expect(result.code == 0, "\(result)")
                let sum = try await docker(
                    "run", "--rm", "-v", "\(Self.tool):/.tool/busybox", "--entrypoint", "/.tool/busybox",
                    "hostile:1", "sha256sum", "/big")
                let wanted = try await shellMust(
                    "head -c 100000000 /dev/zero | tr '\\0' z | sha256sum | cut -c1-64")
                #expect(sum.stdout.hasPrefix(wanted))
                #expect(try await list("/").split(separator: "\n").count > 1000)
            }
        }
    }
}
