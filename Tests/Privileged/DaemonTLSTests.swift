internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// The API over TLS: who gets in, and that everything works there too.
    @Suite("The API over TLS", .requires(.ownDaemon), .timeLimit(.minutes(2)))
    struct DaemonTLSTests {
        /// A CA, the daemon's certificate and a client's, in one folder; and a stranger's.
        private static let certificates = """
            set -e; cd "$1"; mkdir client stranger
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=berth-test-ca -keyout ca-key.pem -out ca.pem
            sign() {
                openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1/key.pem" -out "$1.csr"
                printf '%s\\n' "$3" >ext
                openssl x509 -req -days 2 -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile ext -out "$1/cert.pem"
            }
            mkdir server
            sign server localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1'
            sign client client 'extendedKeyUsage=clientAuth'
            cp ca.pem client/ca.pem
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stranger -keyout stranger/key.pem -out stranger/cert.pem
            cp ca.pem stranger/ca.pem
            """

        private func daemon(
            verify: Bool, _ body: (_ folder: String, _ port: UInt16, Daemon) async throws -> Void
        ) async throws {
            let scratch = try Scratch("tls")
            defer { scratch.remove() }
            let made = try await run("sh", "-c", Self.certificates, "sh", scratch.path)
            try #require(made.code == 0, "\(made)")
            let port = try freePort()
            let daemon = try await Daemon(
                options: [
                    "-H", "tcp://127.0.0.1:\(port)", "--tlscert", "\(scratch.path)/server/cert.pem",
                    "--tlskey",
                    "\(scratch.path)/server/key.pem",
                ] + (verify ? ["--tlsverify", "--tlscacert", "\(scratch.path)/ca.pem"] : ["--tls"]))
            do {
                try await TestImage.busybox.install(in: daemon.client())
                try await body(scratch.path, port, daemon)
            } catch {
                try? await daemon.remove()
                throw error
            }
            try await daemon.remove()
        }

        /// One command over TLS as the owner of `folder`'s certificate.
        private func call(
            _ kind: ClientKind, _ folder: String, _ port: UInt16, host: String = "127.0.0.1",
            _ words: [String],
            input: String = ""
        ) async throws -> CommandResult {
            var command = Command(kind.path ?? kind.rawValue, words)
            command.environment = [
                "DOCKER_HOST": "tcp://\(host):\(port)", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": folder,
                "DOCKER_CONFIG": "/nonexistent",
            ]
            command.input = Array(input.utf8)
            command.timeout = .seconds(15)
            return try await command.run()
        }

        @Test(
            "a client with a certificate of the CA does everything, one without gets nothing",
            arguments: ClientKind.available)
        func verified(_ kind: ClientKind) async throws {
            try await daemon(verify: true) { folder, port, daemon in
                let own = "\(folder)/client"
                let hello = try await call(kind, own, port, ["run", "--rm", "busybox", "echo", "hello"])
                #expect((hello.code, hello.stdout) == (0, "hello\n"), "\(hello)")
                let byName = try await call(kind, own, port, host: "localhost", ["ps", "-q"])
                #expect(byName.code == 0, "\(byName)")
                // A stream in both directions whose client ends its own side first.
                let text = String(repeating: "a line of text\n", count: 20_000)
                let cat = try await call(
                    kind, own, port, ["run", "-i", "--rm", "busybox", "cat"], input: text)
                #expect(
                    cat.code == 0 && cat.stdout == text, "\(cat.code) \(cat.stdout.utf8.count) \(cat.stderr)")
                let code = try await call(kind, own, port, ["run", "--rm", "busybox", "sh", "-c", "exit 7"])
                #expect(code.code == 7)

                #expect(try await call(kind, "\(folder)/stranger", port, ["ps"]).code == 1)
                let plain = try await Client(kind, host: "tcp://127.0.0.1:\(port)")("ps")
                #expect(plain.code == 1, "\(plain)")
                // The unix socket needs no certificate.
                #expect(try await daemon.client(kind)("ps").code == 0)
            }
        }

        @Test("a server that the CA did not sign is not spoken to", arguments: ClientKind.available)
        func wrongServer(_ kind: ClientKind) async throws {
            try await daemon(verify: false) { folder, port, _ in
                let fine = try await call(kind, "\(folder)/client", port, ["ps", "-q"])
                #expect(fine.code == 0, "\(fine)")
                try await shellMust("cp \(folder)/stranger/cert.pem \(folder)/client/ca.pem")
                let refused = try await call(kind, "\(folder)/client", port, ["ps"])
                #expect(
                    refused.code == 1 && refused.stderr.contains("failed to verify certificate"), "\(refused)"
                )
            }
        }

        @Test("files that cannot be used are named")
        func badFiles() async throws {
            let result = try await Command(
                "\(programsFolder)/berthd",
                [
                    "-H", "tcp://127.0.0.1:0", "--tls", "--tlscert", "/nonexistent/c.pem", "--tlskey",
                    "/nonexistent/k.pem", "--data-root", "/run/berth-tests/tls-bad/d", "--exec-root",
                    "/run/berth-tests/tls-bad/e", "--runtime-program", runtimeProgram,
                ]
            ).run()
            try await shell("rm -rf /run/berth-tests/tls-bad")
            #expect(result.code == 1)
            #expect(
                result.stderr.contains(
                    "invalid TLS configuration: Could not load X509 key pair (cert: \"/nonexistent/c.pem\", "
                        + "key: \"/nonexistent/k.pem\"): open /nonexistent/c.pem: no such file or directory"),
                "\(result)")
        }
    }
}
