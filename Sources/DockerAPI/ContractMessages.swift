/// Texts that clients look for; each is Docker's own.
public enum ContractMessages {
    /// Read by docker-py's version negotiation and shown by the docker CLI.
    public static func clientTooOld(_ version: String, minimum: String) -> String {
        "client version \(version) is too old. Minimum supported API version is \(minimum), "
            + "please upgrade your client to a newer version"
    }

    /// The docker CLI tells its user to set DOCKER_API_VERSION when it reads this.
    public static func clientTooNew(_ version: String, maximum: String) -> String {
        "client version \(version) is too new. Maximum supported API version is \(maximum)"
    }

    /// What a route that does not exist answers; docker-py and testcontainers probe for features with it.
    public static let pageNotFound = "page not found"

    /// Matched by `docker run` (which then pulls) and by docker-py (`ImageNotFound`).
    public static func noSuchImage(_ reference: String) -> String { "No such image: \(reference)" }

    /// Matched by the docker CLI and by testcontainers' reaper.
    public static func noSuchContainer(_ name: String) -> String { "No such container: \(name)" }

    public static func noSuchExec(_ id: String) -> String { "No such exec instance: \(id)" }

    public static func noSuchVolume(_ name: String) -> String { "get \(name): no such volume" }

    public static func noSuchNetwork(_ name: String) -> String { "network \(name) not found" }

    public static func invalidFilter(_ name: String) -> String { "invalid filter '\(name)'" }

    /// The docker CLI's `inspect` goes on to the next kind of object.
    public static let noSwarmManager =
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this "
        + "node to swarm and try again."

    public static let emptyConfig = "config cannot be empty in order to create a container"

    public static let noLogStream = "Bad parameters: you must choose at least one stream"

    public static let noExecCommand = "No exec command specified"
}
