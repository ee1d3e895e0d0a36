internal import OrderedJSON

/// What berth makes of a setting of dockerd's.
enum Support: Sendable {
    case works
    /// One value is how berth always is; another is refused with the reason.
    case only(JSONValue, String)
    /// Whatever asks for something is refused with the reason.
    case none(String)
}

/// One setting: its names, the kind of its value, what the help says, and what berth makes of it.
struct Setting: Sendable {
    /// Its name in `daemon.json`; empty for what only the command line has.
    let key: String
    /// Its name on the command line, without dashes; empty for what only the file has.
    let flag: String
    let short: Character?
    let kind: SettingKind
    let help: String
    /// The default as the help shows it.
    let standard: String
    let support: Support
    /// Whether a hang-up signal reads it again.
    let reloads: Bool

    init(
        _ key: String, flag: String? = nil, short: Character? = nil, _ kind: SettingKind, _ help: String,
        standard: String = "", _ support: Support = .works, reloads: Bool = false
    ) {
        (self.key, self.flag, self.short, self.kind) = (key, flag ?? key, short, kind)
        (self.help, self.standard, self.support, self.reloads) = (help, standard, support, reloads)
    }

    /// What the value is kept under.
    var name: String { key.isEmpty ? flag : key }

    /// Why berth does not do what `value` asks for; nil if it does.
    func refusal(of value: JSONValue) -> String? {
        switch support {
        case .works: return nil
        case .only(let own, let reason):
            return value == own
                ? nil : "\(name): \(SettingText.shown(value)) is not supported by berth: \(reason)"
        case .none(let reason):
            switch value {
            case .null, .bool(false), .string(""), .array([]), .number("0"): return nil
            case .object(let object) where object.isEmpty: return nil
            default: return "\(name) is not supported by berth: \(reason)"
            }
        }
    }
}

/// Values as Go's `%v` prints them.
enum SettingText {
    static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "<nil>"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let text), .string(let text): text
        case .array(let items): "[" + items.map(shown).joined(separator: " ") + "]"
        case .object(let object):
            "map["
                + object.members.sorted { $0.key < $1.key }.map { "\($0.key):\(shown($0.value))" }
                .joined(separator: " ") + "]"
        }
    }
}
