/// Something that has happened to an object.
public struct EventMessage: Codable, Hashable, Sendable {
    /// Old clients' name for the action.
    @OmitEmpty public var status: String = ""
    @OmitEmpty public var id: String = ""
    @OmitEmpty public var from: String = ""
    public var type: String = ""
    public var action: String = ""
    public var actor: EventActor = EventActor()
    @OmitEmpty public var scope: String = ""
    @OmitEmpty public var time: Int64 = 0
    @OmitEmpty public var timeNano: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case status
        case id
        case from
        case type = "Type"
        case action = "Action"
        case actor = "Actor"
        case scope
        case time
        case timeNano
    }
}
extension EventMessage: GoZero {}

/// The object that an event concerns.
public struct EventActor: Codable, Hashable, Sendable {
    public var id: String = ""
    public var attributes: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "ID"
        case attributes = "Attributes"
    }
}
extension EventActor: GoZero {}
