internal import CYAML
public import OrderedJSON

/// Reads YAML 1.1.
public enum YAMLDocument {
    /// Nesting, as far as it is followed.
    static let maximumDepth = 100
    /// Values that a document may have, those that aliases repeat included.
    static let maximumValues = 200_000

    /// The first document of `text` as a JSON value; an empty text is null.
    ///
    /// Keys become strings. A key that is there twice, an alias of nothing or of itself, and whatever is larger than
    /// the bounds is an error with its line.
    public static func parse(_ text: some Collection<UInt8>) throws(YAMLError) -> JSONValue {
        let events = try Events(Array(text))
        var builder = Builder(events: events)
        return try builder.document()
    }
}

/// The events of libyaml's parser, as values.
private final class Events {
    enum Event {
        case end, documentStart, documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool, tag: String?, anchor: String?)
        case sequenceStart(anchor: String?), sequenceEnd
        case mappingStart(anchor: String?), mappingEnd
    }

    /// Where the parser reads for as long as it lives.
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private(set) var line = 0

    init(_ bytes: [UInt8]) throws(YAMLError) {
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(problem: "no memory for a parser", line: 0)
        }
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(YAMLError) -> Event {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else {
                let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the text cannot be read"
                throw YAMLError(problem: problem, line: Int(parser.pointee.problem_mark.line) + 1)
            }
            defer { yaml_event_delete(&event) }
            line = Int(event.start_mark.line) + 1
            switch event.type {
            case YAML_STREAM_START_EVENT: continue
            case YAML_DOCUMENT_START_EVENT: return .documentStart
            case YAML_DOCUMENT_END_EVENT: return .documentEnd
            case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "")
            case YAML_SCALAR_EVENT:
                let scalar = event.data.scalar
                let value = String(
                    decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
                return .scalar(
                    value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: Self.text(scalar.tag),
                    anchor: Self.text(scalar.anchor))
            case YAML_SEQUENCE_START_EVENT:
                return .sequenceStart(anchor: Self.text(event.data.sequence_start.anchor))
            case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
            case YAML_MAPPING_START_EVENT:
                return .mappingStart(anchor: Self.text(event.data.mapping_start.anchor))
            case YAML_MAPPING_END_EVENT: return .mappingEnd
            default: return .end
            }
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}

/// Makes a value of the events.
private struct Builder {
    let events: Events
    /// Each anchor's value, with how many values it holds; nil while it is being read.
    private var anchors: [String: (value: JSONValue, count: Int)?] = [:]
    private var count = 0

    init(events: Events) { self.events = events }

    mutating func document() throws(YAMLError) -> JSONValue {
        guard case .documentStart = try events.next() else { return .null }
        return try value(try events.next(), depth: 0)
    }

    private func failure(_ problem: String) -> YAMLError { YAMLError(problem: problem, line: events.line) }

    private mutating func add(_ more: Int) throws(YAMLError) {
        count += more
        if count > YAMLDocument.maximumValues {
            throw failure("the document has more than \(YAMLDocument.maximumValues) values")
        }
    }

    private mutating func value(_ event: Events.Event, depth: Int) throws(YAMLError) -> JSONValue {
        if depth > YAMLDocument.maximumDepth {
            throw failure("more than \(YAMLDocument.maximumDepth) levels")
        }
        try add(1)
        let before = count
        switch event {
        case .scalar(let text, let isPlain, let tag, let anchor):
            let value = YAMLScalar.value(text, isPlain: isPlain, tag: tag)
            if let anchor { anchors[anchor] = .some((value, 1)) }
            return value
        case .alias(let name):
            guard let known = anchors[name] else { throw failure("unknown anchor '\(name)' referenced") }
            guard let known else { throw failure("anchor '\(name)' value contains itself") }
            try add(known.count)
            return known.value
        case .sequenceStart(let anchor):
            if let anchor { anchors[anchor] = .some(nil) }
            let value = JSONValue.array(try sequence(depth))
            if let anchor { anchors[anchor] = .some((value, count - before + 1)) }
            return value
        case .mappingStart(let anchor):
            if let anchor { anchors[anchor] = .some(nil) }
            let value = JSONValue.object(try mapping(depth))
            if let anchor { anchors[anchor] = .some((value, count - before + 1)) }
            return value
        case .end, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw failure("a value is missing")
        }
    }

    private mutating func sequence(_ depth: Int) throws(YAMLError) -> [JSONValue] {
        var values: [JSONValue] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event { return values }
            values.append(try value(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ depth: Int) throws(YAMLError) -> JSONObject {
        var members: [JSONObject.Member] = []
        var merged: [JSONObject] = []
        var seen: Set<String> = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event { break }
            var isMerge = false
            if case .scalar("<<", isPlain: true, _, _) = event { isMerge = true }
            let key = try key(try value(event, depth: depth + 1))
            let value = try value(try events.next(), depth: depth + 1)
            if isMerge {
                merged += try mergeable(value)
            } else {
                if !seen.insert(key).inserted { throw failure("key \"\(key)\" already set in map") }
                members.append(.init(key, value))
            }
        }
        // What is there itself comes before what is merged in, and the first of several before the others.
        for other in merged {
            for member in other.members where seen.insert(member.key).inserted { members.append(member) }
        }
        return JSONObject(members)
    }

    private func key(_ value: JSONValue) throws(YAMLError) -> String {
        switch value {
        case .string(let text): return text
        case .number(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .null: return "null"
        case .array, .object: throw failure("a key must be a scalar")
        }
    }

    private func mergeable(_ value: JSONValue) throws(YAMLError) -> [JSONObject] {
        if let object = value.objectValue { return [object] }
        let objects = value.arrayValue?.map(\.objectValue) ?? [nil]
        guard !objects.contains(where: { $0 == nil }) else {
            throw failure("map merge requires map or sequence of maps as the value")
        }
        return objects.compactMap { $0 }
    }
}
