internal import EngineModel

/// The keys that end an attach and not the program: `ctrl-p,ctrl-q` unless the user chose others.
struct DetachKeys: Sendable {
    private let sequence: [UInt8]
    private var matched = 0

    /// Reads a list such as `ctrl-p,ctrl-q` or `a,ctrl-@`; nil or empty is the default.
    init(parsing text: String?) throws {
        guard let text, !text.isEmpty else {
            sequence = [16, 17]
            return
        }
        sequence = try text.split(separator: ",", omittingEmptySubsequences: false).map { key in
            let bytes = Array(key.utf8)
            if bytes.count == 1 { return bytes[0] }
            if key == "DEL" { return 127 }
            guard bytes.count == 6, key.hasPrefix("ctrl-") else { throw Self.invalid(text) }
            switch bytes[5] {
            case 97...122: return bytes[5] - 96
            case 64: return 0
            case 91...95: return bytes[5] - 64
            default: throw Self.invalid(text)
            }
        }
    }

    /// ``init(parsing:)`` in the words that an exec gets.
    static func ofExec(_ text: String?) throws -> DetachKeys {
        do { return try DetachKeys(parsing: text) } catch {
            throw EngineError(.invalidParameter, "Invalid escape keys (\(text ?? "")) provided", cause: error)
        }
    }

    private static func invalid(_ text: String) -> EngineError {
        EngineError(.invalidParameter, "Invalid detach keys (\(text)) provided")
    }

    /// What of `input` goes on to the program, and whether the sequence was completed in it.
    mutating func filter(_ input: [UInt8]) -> (passed: [UInt8], isDetached: Bool) {
        var passed: [UInt8] = []
        passed.reserveCapacity(input.count)
        for byte in input {
            if byte == sequence[matched] {
                matched += 1
                if matched == sequence.count { return (passed, true) }
                continue
            }
            if matched > 0 {
                passed += sequence[..<matched]
                matched = 0
                if byte == sequence[0] {
                    matched = 1
                    if sequence.count == 1 { return (passed, true) }
                    continue
                }
            }
            passed.append(byte)
        }
        return (passed, false)
    }
}
