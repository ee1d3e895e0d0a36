/// What ImageList was asked for.
public struct ImageListOptions: Sendable, Hashable {
    public var all = false
    public var sharedSize = false
    public var digests = false
    public var manifests = false
    public var filters = Filters()

    public init() {}

    /// The names of filters that Docker knows here.
    public static let filterNames: Set<String> = [
        "before", "dangling", "label", "label!", "reference", "since", "until",
    ]
}

/// What ImageInspect was asked for.
public struct ImageInspectOptions: Sendable, Hashable {
    public var manifests = false
    /// A JSON document, or empty.
    public var platform = ""

    public init() {}
}

/// What ImageSearch was asked for.
public struct ImageSearchOptions: Sendable {
    public var term = ""
    /// At most that many, 1 to 100.
    public var limit = 25
    public var filters = Filters()
    public var auth = RegistryAuth()

    public init() {}

    /// The names of filters that Docker knows here.
    public static let filterNames: Set<String> = ["is-automated", "is-official", "stars"]
}

/// What ImageDelete was asked for.
public struct ImageRemoveOptions: Sendable, Hashable {
    public var force = false
    /// Keeps untagged parents.
    public var noPrune = false
    /// JSON documents, each one platform.
    public var platforms: [String] = []

    public init() {}
}

/// What ImageCreate with `fromSrc` was asked for.
public struct ImageImportOptions: Sendable, Hashable {
    /// `-` for the request's body, or a URL.
    public var source = "-"
    public var repository = ""
    public var tag = ""
    public var message = ""
    /// Dockerfile instructions.
    public var changes: [String] = []
    public var platform = ""

    public init() {}
}

/// What ImageCreate with `fromImage` was asked for.
public struct ImagePullOptions: Sendable {
    public var image = ""
    public var tag = ""
    public var platform = ""
    public var auth = RegistryAuth()

    public init() {}
}

/// What ImageLoad was asked for.
public struct ImageLoadOptions: Sendable, Hashable {
    public var quiet = false
    /// JSON documents, each one platform.
    public var platforms: [String] = []

    public init() {}
}

/// What ImagePush was asked for.
public struct ImagePushOptions: Sendable {
    /// Empty pushes every tag.
    public var tag = ""
    /// A JSON document, or empty.
    public var platform = ""
    public var auth = RegistryAuth()

    public init() {}
}
