/// Names of volumes, which are directories' names at the same time.
public enum VolumeName {
    /// Checks `name` and returns it; what Docker refuses is an error in its words.
    @discardableResult
    public static func validated(_ name: String) throws -> String {
        func refused(_ reason: String) -> EngineError {
            EngineError(.invalidParameter, "create \(name): \(reason)")
        }
        if name.utf8.count == 1 {
            throw refused("volume name is too short, names should be at least two alphanumeric characters")
        }
        guard ContainerIdentity.isRestrictedName(name) else {
            throw refused(
                "\"\(name)\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                    + "use absolute path")
        }
        if name.utf8.count > 245 { throw refused("volume name is too long, a name has at most 245 bytes") }
        return name
    }
}
