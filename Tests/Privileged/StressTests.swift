internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Short runs of `scripts/stress`, whose long ones are for a person: `make stress`.
    @Suite("Under load", .requires(.ownDaemon, .nftables), .timeLimit(.minutes(5)))
    struct StressTests {
        private func stress(_ arguments: String...) async throws {
            let line = (["\(sourceTree)/scripts/stress"] + arguments).joined(separator: " ")
            let result = try await shell(
                "\(line) --programs \(programsFolder) --runtime \(runtimeProgram) 2>&1",
                timeout: .seconds(280))
            #expect(result.code == 0, "\(result.stdout.suffix(6000))")
        }

        @Test("many clients at once get no error that docker would not give, and leave nothing")
        func clients() async throws { try await stress("clients", "--seconds", "15", "--clients", "16") }

        @Test("kill -9 of berthd at random moments loses nothing that was acknowledged, and leaves nothing")
        func kills() async throws { try await stress("kill", "--seconds", "25") }

        @Test("a hundred runs leave memory, descriptors and the kernel as they were")
        func churn() async throws { try await stress("churn", "--count", "100") }
    }
}
