internal import EngineModel
internal import Linux
internal import OCI
internal import OrderedJSON
internal import Seccomp
internal import SupervisorProtocol

/// Compiled filters, each in a memory file that every supervisor may read: compiling takes milliseconds.
actor SeccompCache {
    private struct Key: Hashable {
        let choice: SecurityOptions.SeccompChoice
        let capabilities: Set<String>
    }

    private let kernel: KernelVersion
    private var programs: [Key: SharedDescriptor] = [:]

    /// What a container gets that does not choose.
    private let standard: SecurityOptions.SeccompChoice

    init(kernelVersion: String, standard: SecurityOptions.SeccompChoice = .standard) {
        kernel = KernelVersion(parsing: kernelVersion) ?? KernelVersion(4, 8)
        self.standard = standard
    }

    /// The filter as JSON of the runtime specification, for a runtime that is not ours; empty for none.
    func specification(
        _ choice: SecurityOptions.SeccompChoice, capabilities: [String], privileged: Bool
    ) throws -> String {
        if privileged && choice == .standard { return "" }
        let profile = try profile(choice == .standard ? standard : choice, capabilities, kernel: kernel)
        guard let profile else { return "" }
        return String(decoding: try OrderedJSONEncoder().encode(profile.specification), as: UTF8.self)
    }

    /// The filter for a container with these capabilities; nil where it shall run without one.
    func program(
        _ choice: SecurityOptions.SeccompChoice, capabilities: [String], privileged: Bool
    ) throws -> SharedDescriptor? {
        if privileged && choice == .standard { return nil }
        let choice = choice == .standard ? standard : choice
        if choice == .unconfined { return nil }
        let key = Key(choice: choice, capabilities: Set(capabilities))
        if let known = programs[key] { return known }
        let program = try compile(choice, capabilities, kernel: kernel)
        let file = SharedDescriptor(
            try SeccompFile(flags: program.flags.rawValue, instructions: program.instructions).makeFile())
        // A stranger's profiles must not fill the memory: keep some tens.
        if programs.count > 64 { programs = [:] }
        programs[key] = file
        return file
    }
}
