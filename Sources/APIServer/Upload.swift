internal import AsyncPrimitives
internal import HTTPServer

/// A request's body on its way into a pipe.
///
/// The task that carries it ends with the body, with the pipe's reader, or with ``end()``.
struct Upload: Sendable {
    let pipe = BytePipe(limitBytes: 1 << 20)
    private let task: Task<Void, Never>

    init(_ body: HTTPRequestBody) {
        let pipe = self.pipe
        task = Task {
            do {
                while let bytes = try await body.next() { try await pipe.send(bytes) }
                pipe.finish()
            } catch {
                pipe.finish(throwing: error)
            }
        }
    }

    func end() {
        pipe.close()
        task.cancel()
    }
}
