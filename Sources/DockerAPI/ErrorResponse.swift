/// The body of every failed request.
public struct ErrorResponse: Codable, Hashable, Sendable {
    public var message: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case message
    }
}
extension ErrorResponse: GoZero {}
