import APIServer
import AsyncPrimitives
import DockerAPI
import EngineModel
import Synchronization

/// An engine of one container, `c1`, that records what it is asked for.
final class FakeEngine: ContainerControl, ExecControl, ImageControl, SystemControl, VolumeControl,
    NetworkControl
{
    let calls = Mutex<[String]>([])
    let exit = OneShot<Int64>()
    /// What attach and exec hand out.
    let session = Mutex<EchoSession?>(nil)
    let eventStops = Mutex(0)
    let uploaded = Mutex(0)
    let created = Mutex<ContainerCreateRequest?>(nil)

    func note(_ call: String) { calls.withLock { $0.append(call) } }

    static let id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    private func check(_ container: String) throws {
        if container != "c1", container != Self.id {
            throw EngineError(.notFound, ContractMessages.noSuchContainer(container))
        }
    }

    // MARK: Containers

    func createContainer(
        name: String?, platform: String?, _ request: ContainerCreateRequest
    ) async throws -> ContainerCreateResponse {
        note("create \(name ?? "-") \(platform ?? "-")")
        created.withLock { $0 = request }
        if request.config.image == "nosuch" {
            throw EngineError(.notFound, ContractMessages.noSuchImage("nosuch:latest"))
        }
        var answer = ContainerCreateResponse()
        answer.id = "c1"
        return answer
    }

    func startContainer(_ container: String) async throws -> ChangeOutcome {
        try check(container)
        note("start")
        return .changed
    }

    func stopContainer(_ container: String, signal: String?, timeout: Int?) async throws -> ChangeOutcome {
        try check(container)
        note("stop \(signal ?? "-") \(timeout.map(String.init) ?? "-")")
        return .alreadySo
    }

    func restartContainer(_ container: String, signal: String?, timeout: Int?) async throws {
        try check(container)
    }

    func killContainer(_ container: String, signal: String?) async throws {
        throw EngineError(
            .conflict, "cannot kill container: \(container): container \(container) is not running")
    }

    func waitContainer(_ container: String, _ condition: WaitCondition) async throws -> PendingExit {
        try check(container)
        note("wait \(condition.rawValue)")
        return PendingExit { [exit] in
            var answer = ContainerWaitResponse()
            answer.statusCode = try await exit.value()
            return answer
        }
    }

    func removeContainer(_ container: String, _ options: ContainerRemoveOptions) async throws {
        try check(container)
        note("remove force=\(options.force) volumes=\(options.volumes)")
    }

    func renameContainer(_ container: String, to name: String) async throws { note("rename \(name)") }

    func listContainers(_ options: ContainerListOptions) async throws -> [ContainerSummary] {
        note("list all=\(options.all) limit=\(options.limit) label=\(options.filters["label"])")
        var one = ContainerSummary()
        one.id = Self.id
        one.names = ["/c1"]
        one.image = "busybox"
        one.command = "sh -c 'a <b> & c'"
        one.created = 1_700_000_000
        one.state = "running"
        one.status = "Up 2 hours"
        return [one]
    }

    func inspectContainer(_ container: String, size: Bool) async throws -> ContainerInspect {
        try check(container)
        var answer = ContainerInspect()
        answer.id = Self.id
        answer.name = "/c1"
        answer.state.status = "running"
        answer.state.running = true
        return answer
    }

    func containerLogs(_ container: String, _ options: LogOptions) async throws -> any ByteOutput {
        try check(container)
        note("logs since=\(options.since ?? -1) tail=\(options.tail ?? -1)")
        return EndlessOutput(chunks: options.follow ? .max : 3)
    }

    func attachContainer(_ container: String, _ options: AttachOptions) async throws -> any StreamSession {
        try check(container)
        let made = EchoSession(isTerminal: false)
        session.withLock { $0 = made }
        return made
    }

    func resizeContainer(_ container: String, height: Int, width: Int) async throws {
        note("resize \(height) \(width)")
    }

    // MARK: Execs

    func createExec(container: String, _ config: ExecConfig) async throws -> IDResponse {
        try check(container)
        note("exec \(config.cmd ?? [])")
        var answer = IDResponse()
        answer.id = config.tty ? "tty" : config.cmd?.first == "nosuch" ? "fails" : "e1"
        return answer
    }

    func startExec(_ exec: String, _ config: ExecStartConfig) async throws -> any StreamSession {
        switch exec {
        case "e1", "tty":
            let made = EchoSession(isTerminal: exec == "tty")
            session.withLock { $0 = made }
            return made
        case "fails":
            throw EngineError(.invalidParameter, "exec: \"nosuch\": executable file not found in $PATH")
        default: throw EngineError(.notFound, ContractMessages.noSuchExec(exec))
        }
    }

    func startExecDetached(_ exec: String, _ config: ExecStartConfig) async throws {
        note("detached \(exec)")
    }

    func inspectExec(_ exec: String) async throws -> ExecInspect {
        var answer = ExecInspect()
        answer.id = exec
        answer.exitCode = 0
        return answer
    }

    func resizeExec(_ exec: String, height: Int, width: Int) async throws {}

    // MARK: Images

    func listImages(_ options: ImageListOptions) async throws -> [ImageSummary] {
        var one = ImageSummary()
        one.id = "sha256:\(String(repeating: "ab", count: 32))"
        one.repoTags = ["busybox:latest"]
        one.repoDigests = []
        one.size = 1_984_297
        return [one]
    }

    func searchImages(_ options: ImageSearchOptions) async throws -> [ImageSearchResult] {
        note("search \(options.term) \(options.limit) \(options.filters.values)")
        return []
    }

    func inspectImage(_ image: String, _ options: ImageInspectOptions) async throws -> ImageInspect {
        note("image \(image)")
        var answer = ImageInspect()
        answer.id = "sha256:ab"
        answer.size = 7
        var config = ImageInspectConfig()
        var health = HealthConfig()
        health.test = ["CMD", "true"]
        health.interval = 5
        config.healthcheck = health
        answer.config = config
        return answer
    }

    func imageHistory(_ image: String, platform: String) async throws -> [ImageHistoryItem] { [] }
    func tagImage(_ image: String, repository: String, tag: String) async throws {
        note("tag \(image) \(repository):\(tag)")
    }

    func removeImage(_ image: String, _ options: ImageRemoveOptions) async throws -> [ImageDeleteItem] {
        note("rmi \(image)")
        var item = ImageDeleteItem()
        item.untagged = image
        return [item]
    }

    func loadImages(_ options: ImageLoadOptions, body: BytePipe) async throws -> ProgressStream {
        ProgressStream { continuation in
            let task = Task {
                do {
                    while let chunk = try await body.receive() { uploaded.withLock { $0 += chunk.count } }
                    var line = ProgressMessage()
                    line.stream = "Loaded \(uploaded.withLock { $0 }) bytes\n"
                    continuation.yield(line)
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    func importImage(_ options: ImageImportOptions, body: BytePipe) async throws -> ProgressStream {
        if options.repository == "Bad" {
            throw EngineError(
                .invalidParameter, "invalid reference format: repository name must be lowercase")
        }
        return ProgressStream { continuation in
            if options.repository == "broken" {
                continuation.finish(throwing: EngineError(.invalidParameter, "read archive: not a tar"))
                return
            }
            var line = ProgressMessage()
            line.status = "sha256:ab"
            continuation.yield(line)
            continuation.finish(
                throwing: options.repository == "late" ? EngineError(.system, "disk full") : nil)
        }
    }

    /// A stream of one line.
    private func line(_ text: String) -> ProgressStream {
        ProgressStream { continuation in
            var line = ProgressMessage()
            line.status = text
            continuation.yield(line)
            continuation.finish()
        }
    }

    func pullImage(_ options: ImagePullOptions) async throws -> ProgressStream {
        note("pull \(options.image) \(options.tag) \(options.platform) \(options.auth.username)")
        if options.image.hasSuffix("missing") {
            throw EngineError(.notFound, "manifest for missing:latest not found")
        }
        return line("Pulling from \(options.image)")
    }

    func pushImage(_ name: String, _ options: ImagePushOptions) async throws -> ProgressStream {
        note("push \(name) \(options.tag) \(options.auth.username)")
        return line("The push refers to repository [\(name)]")
    }

    func saveImages(_ names: [String], platforms: [String]) async throws -> BytePipe {
        note("save \(names.joined(separator: " "))")
        let pipe = BytePipe()
        try await pipe.send(Array("archive".utf8))
        pipe.finish()
        return pipe
    }

    func checkSystem(repairs: Bool) async throws -> ProgressStream { line("checked, \(repairs)") }

    func login(_ auth: RegistryAuth) async throws -> AuthResponse {
        note("login \(auth.serverAddress) \(auth.username)")
        var answer = AuthResponse()
        answer.status = "Login Succeeded"
        return answer
    }

    func distribution(_ name: String, auth: RegistryAuth) async throws -> DistributionInspect {
        var answer = DistributionInspect()
        answer.descriptor.digest = "sha256:ab"
        return answer
    }

    // MARK: System, volumes, networks

    func systemVersion() async throws -> SystemVersion {
        var answer = SystemVersion()
        answer.version = "28.5.2"
        answer.apiVersion = "1.51"
        answer.minAPIVersion = "1.24"
        answer.os = "linux"
        answer.arch = "amd64"
        return answer
    }

    func systemInfo() async throws -> SystemInfo {
        var answer = SystemInfo()
        answer.id = "fake"
        answer.serverVersion = "28.5.2"
        answer.securityOptions = ["name=seccomp,profile=builtin"]
        answer.osType = "linux"
        answer.firewallBackend = FirewallInfo()
        return answer
    }

    func diskUsage(_ options: DiskUsageOptions) async throws -> DiskUsage { DiskUsage() }

    func events(_ options: EventOptions) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        AsyncThrowingStream { continuation in
            for number in 1...3 {
                var event = EventMessage()
                event.type = "container"
                event.action = "start"
                event.actor.id = "c\(number)"
                continuation.yield(event)
            }
            if options.until != nil { continuation.finish() }
            continuation.onTermination = { [self] _ in eventStops.withLock { $0 += 1 } }
        }
    }

    func listVolumes(_ filters: Filters) async throws -> VolumeListResponse { VolumeListResponse() }
    func createVolume(_ request: VolumeCreateRequest) async throws -> Volume {
        var answer = Volume()
        answer.name = request.name
        return answer
    }
    func inspectVolume(_ name: String) async throws -> Volume {
        throw EngineError(.notFound, ContractMessages.noSuchVolume(name))
    }
    func removeVolume(_ name: String, force: Bool) async throws {}
    func listNetworks(_ filters: Filters) async throws -> [Network] { [Network()] }
    func inspectNetwork(_ network: String) async throws -> Network {
        throw EngineError(.notFound, ContractMessages.noSuchNetwork(network))
    }
}

/// A session whose process is `cat`: it says what it hears, and ends with its input.
final class EchoSession: StreamSession {
    let isTerminal: Bool
    let pipe = BytePipe(limitBytes: 64 << 10)
    let closed = OneShot<Bool>()
    let inputClosed = OneShot<Bool>()

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    func nextOutput() async throws -> [UInt8]? {
        guard let chunk = try await pipe.receive() else { return nil }
        return isTerminal ? chunk : streamFrameHeader(.stdout, length: chunk.count) + chunk
    }

    func sendInput(_ bytes: [UInt8]) async throws { try await pipe.send(bytes) }

    func closeInput() async {
        inputClosed.set(true)
        try? await pipe.send(Array("end".utf8))
        pipe.finish()
    }

    func close() async {
        closed.set(true)
        pipe.close()
    }
}

/// Output of so many chunks, as fast as it is read.
final class EndlessOutput: ByteOutput {
    let isTerminal = false
    private let left: Mutex<Int>
    static let open = Mutex(0)
    static let produced = Mutex(0)

    init(chunks: Int) {
        left = Mutex(chunks)
        Self.open.withLock { $0 += 1 }
    }

    func nextOutput() async throws -> [UInt8]? {
        try Task.checkCancellation()
        let more = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if !more { return nil }
        Self.produced.withLock { $0 += 16 << 10 }
        return [UInt8](repeating: 0x61, count: 16 << 10)
    }

    func close() async { Self.open.withLock { $0 -= 1 } }
}
