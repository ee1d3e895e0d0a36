internal import EngineModel
internal import Linux
internal import Seccomp

extension SeccompCache {
    /// The filter for `choice`.
    func compile(
        _ choice: SecurityOptions.SeccompChoice, _ capabilities: [String], kernel: KernelVersion
    ) throws -> SeccompProgram {
        let context = SeccompContext(capabilities: Set(capabilities), kernel: kernel)
        do throws(SeccompError) {
            switch choice {
            case .unconfined: return SeccompProgram(instructions: [], flags: [])
            case .standard:
                return try SeccompProgram(compiling: DefaultProfile.resolve(context))
            case .profile(let json):
                return try SeccompProgram(
                    compiling: SeccompProfile(dockerJSON: Array(json.utf8), context: context))
            }
        } catch {
            throw EngineError(.invalidParameter, "seccomp profile: \(error.description)", cause: error)
        }
    }
}
