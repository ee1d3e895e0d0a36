internal import DockerAPI
internal import OCI

/// Which events a client asked for.
enum EventFilter {
    /// Whether `message` meets every filter; several values of one are alternatives.
    static func matches(_ message: EventMessage, _ filters: Filters) -> Bool {
        matchesAction(message.action, filters) && filters.exactMatch("type", message.type)
            && (message.scope.isEmpty || filters.exactMatch("scope", message.scope))
            && objectTypes.allSatisfy { matchesName(message, $0, filters) } && matchesImage(message, filters)
            && filters.labelsMatch(message.actor.attributes)
    }

    /// The filters that name an object by its id or its name, each of which may be cut short.
    ///
    /// As with Docker they look at every kind of event: a network may be called like a container.
    private static let objectTypes = [
        "daemon", "container", "plugin", "volume", "network", "node", "service", "secret", "config",
    ]

    private static func matchesName(_ message: EventMessage, _ type: String, _ filters: Filters) -> Bool {
        let wanted = filters[type]
        let name = message.actor.attributes["name"] ?? ""
        return wanted.isEmpty
            || wanted.contains { message.actor.id.hasPrefix($0) || name.hasPrefix($0) }
    }

    /// These actions have more behind a colon, which need not be asked for.
    private static let openActions: Set<String> = ["health_status", "exec_create", "exec_start"]

    private static func matchesAction(_ action: String, _ filters: Filters) -> Bool {
        let wanted = filters["event"]
        if wanted.isEmpty { return true }
        if wanted.contains(where: openActions.contains) { return wanted.contains { action.hasPrefix($0) } }
        return wanted.contains(action)
    }

    /// By the whole name or without the tag, of an image and of a container's image.
    private static func matchesImage(_ message: EventMessage, _ filters: Filters) -> Bool {
        let wanted = filters["image"]
        if wanted.isEmpty { return true }
        let name = message.actor.attributes[message.type == "image" ? "name" : "image"] ?? ""
        let found = [message.actor.id, name, bareName(message.actor.id), bareName(name)]
        return wanted.contains { found.contains($0) }
    }

    /// `busybox` for `docker.io/library/busybox:latest`; what is no name stays as it is.
    private static func bareName(_ text: String) -> String {
        (try? ImageReference(parsing: text))?.familiarName ?? text
    }
}
