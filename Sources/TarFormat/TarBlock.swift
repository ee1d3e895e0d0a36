/// One 512-byte header block, by field.
struct TarBlock {
    static let size = 512
    let bytes: UnsafeRawBufferPointer

    var isZero: Bool {
        bytes.allSatisfy { $0 == 0 }
    }

    /// Whether the checksum fits, summed as unsigned bytes or, as some old writers did, as signed ones.
    var hasValidChecksum: Bool {
        guard let stored = octal(148, 8) else { return false }
        var sum: UInt32 = 0
        var high: UInt32 = 0
        for index in 0..<bytes.count {
            sum &+= UInt32(bytes[index])
            high &+= UInt32(bytes[index] >> 7)
        }
        for index in 148..<156 {
            sum &-= UInt32(bytes[index])
            high &-= UInt32(bytes[index] >> 7)
        }
        let unsigned = Int64(sum) + 8 * 0x20
        // Some old writers summed signed bytes.
        let signed = unsigned - Int64(high) * 256
        return stored == unsigned || stored == signed
    }

    var type: UInt8 { bytes[156] }
    var isUSTAR: Bool { bytes[257..<263].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0]) }
    var isGNU: Bool { bytes[257..<265].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0x20, 0x20, 0]) }

    /// A text field, up to the first NUL.
    func text(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
        let field = bytes[offset..<offset + count]
        return Array(field.prefix { $0 != 0 })[...]
    }

    /// A number: octal digits, or base 256 where the first bit is set; nil where it is neither or too large.
    func number(_ offset: Int, _ count: Int) -> Int64? {
        let first = bytes[offset]
        guard first & 0x80 != 0 else { return octal(offset, count) }
        // Two's complement over the field, with the first bit a mark and the second the sign.
        var value: Int64 = first & 0x40 != 0 ? -1 : 0
        for index in 0..<count {
            let byte = index == 0 ? (first & 0x40 != 0 ? first : first & 0x7f) : bytes[offset + index]
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
            if overflow { return nil }
            value = shifted | Int64(byte)
        }
        return value
    }

    private func octal(_ offset: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        var ended = false
        var any = false
        for byte in bytes[offset..<offset + count] {
            switch byte {
            case 0x20 where !any && !ended: continue
            case 0, 0x20: ended = true
            case 0x30...0x37 where !ended:
                any = true
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 8)
                if overflow { return nil }
                value = shifted + Int64(byte - 0x30)
            default: return nil
            }
        }
        return value
    }
}
