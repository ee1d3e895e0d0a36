@testable import Seccomp

/// One system call as a filter sees it: `struct seccomp_data`.
struct FilterInput {
    var bytes: [UInt8] = []

    init(number: UInt32, architecture: UInt32, _ arguments: [UInt64]) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: architecture) { bytes.append(contentsOf: $0) }
        bytes += [UInt8](repeating: 0, count: 8)
        for index in 0..<6 {
            withUnsafeBytes(of: index < arguments.count ? arguments[index] : 0) {
                bytes.append(contentsOf: $0)
            }
        }
    }
}

extension SeccompProgram {
    /// Runs the filter as the kernel would, and gives the `SECCOMP_RET_*` value.
    func decide(_ input: FilterInput) -> UInt32 {
        instructions.withUnsafeBytes { code in
            input.bytes.withUnsafeBytes { data in
                var accumulator: UInt32 = 0
                var at = 0
                while true {
                    let operation = code.loadUnaligned(fromByteOffset: at * 8, as: UInt16.self)
                    let (ifTrue, ifFalse) = (Int(code[at * 8 + 2]), Int(code[at * 8 + 3]))
                    let value = code.loadUnaligned(fromByteOffset: at * 8 + 4, as: UInt32.self)
                    at += 1
                    switch operation {
                    case 0x20: accumulator = data.loadUnaligned(fromByteOffset: Int(value), as: UInt32.self)
                    case 0x54: accumulator &= value
                    case 0x15: at += accumulator == value ? ifTrue : ifFalse
                    case 0x25: at += accumulator > value ? ifTrue : ifFalse
                    case 0x35: at += accumulator >= value ? ifTrue : ifFalse
                    case 0x05: at += Int(value)
                    case 0x06: return value
                    default: fatalError("no such instruction: \(operation)")
                    }
                }
            }
        }
    }
}
