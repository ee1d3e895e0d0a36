internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Who a process runs as, and where that user's home is.
struct ResolvedUser: Equatable {
    var user: UInt32 = 0
    var group: UInt32 = 0
    var groups: [UInt32] = []
    var home = "/"
    var umask: UInt32?

    /// The passwd and group files, as they are in the container's root (which is the process's root by now).
    struct Files {
        var passwd: String
        var group: String

        /// Reads `/etc/passwd` and `/etc/group`; what is not there is empty, as with Docker.
        static func read() -> Files {
            func text(_ path: String) -> String { (try? readText(path, limitBytes: 16 << 20)) ?? "" }
            return Files(passwd: text("/etc/passwd"), group: text("/etc/group"))
        }
    }

    /// Docker's rules for `user[:group]`, by name or number.
    init(_ text: String, groups names: [String], files: Files) throws(StartFailure) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let userPart = String(parts[0])
        let groupPart = parts.count > 1 ? String(parts[1]) : ""
        let number = try Self.number(userPart)
        let accounts = Self.lines(files.passwd)
        let account = accounts.first { fields in
            guard fields.count >= 4 else { return false }
            if userPart.isEmpty { return UInt32(fields[2]) == 0 }
            return fields[0] == userPart || (number != nil && UInt32(fields[2]) == number)
        }
        var userName = userPart
        if let account {
            userName = String(account[0])
            user = UInt32(account[2]) ?? 0
            group = UInt32(account[3]) ?? 0
            if account.count > 5, !account[5].isEmpty { home = String(account[5]) }
        } else if let number {
            user = number
        } else if !userPart.isEmpty {
            throw refusal("user", "unable to find user \(userPart): no matching entries in passwd file")
        }
        let groupLines = Self.lines(files.group)
        if groupPart.isEmpty {
            groups = groupLines.compactMap { fields in
                guard fields.count >= 4, fields[3].split(separator: ",").contains(where: { $0 == userName }),
                    let id = UInt32(fields[2])
                else { return nil }
                return id
            }
        } else {
            group = try Self.group(groupPart, groupLines)
        }
        // The primary group is a supplementary one, too, or a negative entry in an ACL could be dodged.
        if !groups.contains(group) { groups.insert(group, at: 0) }
        for name in names {
            let id = try Self.group(name, groupLines)
            if !groups.contains(id) { groups.append(id) }
        }
    }

    /// The spec's numbers; the home is looked up.
    init(_ user: RuntimeSpec.User, files: Files) {
        self.user = user.uid
        group = user.gid
        groups = user.additionalGids
        umask = user.umask
        let account = Self.lines(files.passwd).first { $0.count > 5 && UInt32($0[2]) == user.uid }
        if let account, !account[5].isEmpty { home = String(account[5]) }
    }

    private static func group(_ text: String, _ lines: [[Substring]]) throws(StartFailure) -> UInt32 {
        let number = try number(text)
        for fields in lines where fields.count >= 3 {
            if fields[0] == text || (number != nil && UInt32(fields[2]) == number), let id = UInt32(fields[2])
            {
                return id
            }
        }
        if let number { return number }
        throw refusal("user", "unable to find group \(text): no matching entries in group file")
    }

    /// A name's number, if it is one.
    private static func number(_ text: String) throws(StartFailure) -> UInt32? {
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard let value = Int32(text), value >= 0 else {
            throw refusal("user", "uids and gids must be in range 0-2147483647")
        }
        return UInt32(value)
    }

    private static func lines(_ text: String) -> [[Substring]] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            line.first == "#" ? nil : line.split(separator: ":", omittingEmptySubsequences: false)
        }
    }
}
