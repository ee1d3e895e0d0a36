internal import EngineModel
internal import Linux
internal import Seccomp

extension SeccompCache {
    /// The filter for `choice`.
    func compile(
        _ choice: SecurityOptions.SeccompChoice, _ capabilities: [String], kernel: KernelVersion
    ) throws -> SeccompProgram {
        guard let profile = try profile(choice, capabilities, kernel: kernel) else {
            return SeccompProgram(instructions: [], flags: [])
        }
        do throws(SeccompError) { return try SeccompProgram(compiling: profile) } catch {
            throw EngineError(.invalidParameter, "seccomp profile: \(error.description)", cause: error)
        }
    }

    /// The rules of `choice`; nil where there are none.
    func profile(
        _ choice: SecurityOptions.SeccompChoice, _ capabilities: [String], kernel: KernelVersion
    ) throws -> SeccompProfile? {
        let context = SeccompContext(capabilities: Set(capabilities), kernel: kernel)
        do throws(SeccompError) {
            switch choice {
            case .unconfined: return nil
            case .standard: return DefaultProfile.resolve(context)
            case .profile(let json):
                return try SeccompProfile(dockerJSON: Array(json.utf8), context: context)
            }
        } catch {
            throw EngineError(.invalidParameter, "seccomp profile: \(error.description)", cause: error)
        }
    }
}
