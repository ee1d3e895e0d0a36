internal import EngineModel
internal import Linux
internal import Seccomp

extension SeccompCache {
    /// The instructions of the filter for `choice`.
    func compile(
        _ choice: SecurityOptions.SeccompChoice, _ capabilities: [String], kernel: KernelVersion
    ) throws -> [UInt8] {
        let context = SeccompContext(capabilities: Set(capabilities), kernel: kernel)
        do throws(SeccompError) {
            switch choice {
            case .unconfined: return []
            case .standard:
                return try SeccompProgram(compiling: DefaultProfile.resolve(context)).instructions
            case .profile(let json):
                return try SeccompProgram(
                    compiling: SeccompProfile(dockerJSON: Array(json.utf8), context: context)).instructions
            }
        } catch {
            throw EngineError(.invalidParameter, "seccomp profile: \(error.description)", cause: error)
        }
    }
}
