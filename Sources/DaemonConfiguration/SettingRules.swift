internal import OrderedJSON

/// What must hold of the settings once flags and file are put together.
struct SettingRules {
    let values: [String: JSONValue]

    /// Throws the first rule that does not hold, in dockerd's words.
    func check() throws(ConfigurationError) {
        do {
            try checkTexts()
            try checkNumbers()
            try checkRegistries()
            try checkHosts()
        } catch {
            throw .refused(SettingsFile.merged(error.reason))
        }
        try checkSupport()
        try checkLabels()
        try checkTLS()
    }

    private func text(_ name: String) -> String { values[name]?.stringValue ?? "" }
    private func list(_ name: String) -> [String] {
        values[name]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private func checkTexts() throws(SettingFault) {
        let level = text("log-level")
        guard ["", "trace", "debug", "info", "warn", "error", "fatal"].contains(level) else {
            throw SettingFault("invalid logging level: \(level)")
        }
        let format = text("log-format")
        guard ["", "text", "json"].contains(format) else {
            throw SettingFault("invalid log format: \(format)")
        }
        for search in list("dns-search") where !Self.isDomain(search) {
            throw SettingFault("\(search) is not a valid domain")
        }
        for label in list("labels") where !Self.isLabel(label) {
            throw SettingFault("bad attribute format: \(label)")
        }
        let ipc = text("default-ipc-mode")
        guard ["", "private", "shareable"].contains(ipc) else {
            throw SettingFault(
                "default IPC mode setting (\(ipc)) is invalid; use \"shareable\" or \"private\"")
        }
        let cgroup = text("default-cgroupns-mode")
        guard ["", "private", "host"].contains(cgroup) else {
            throw SettingFault("invalid default cgroup namespace (\(cgroup)): use \"host\" or \"private\"")
        }
        for option in list("exec-opts") {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw SettingFault("invalid exec-opt (\(option)): must be formatted 'opt=value'")
            }
        }
    }

    private func checkNumbers() throws(SettingFault) {
        for (name, words) in [
            ("mtu", "default MTU"), ("max-concurrent-downloads", "max concurrent downloads"),
            ("max-concurrent-uploads", "max concurrent uploads"),
            ("max-download-attempts", "max download attempts"),
        ] {
            if let number = values[name]?.intValue, number < 0 {
                throw SettingFault("invalid \(words): \(number)")
            }
        }
        if let mtu = values["mtu"]?.intValue, mtu != 0, !(68...65535).contains(mtu) {
            throw SettingFault("invalid default MTU: \(mtu): 68 to 65535")
        }
        if let bytes = values["default-shm-size"]?.intValue, bytes < 0 {
            throw SettingFault("invalid default shm size: \(bytes)")
        }
    }

    private func checkRegistries() throws(SettingFault) {
        for mirror in list("registry-mirrors") {
            guard let scheme = mirror.firstRange(of: "://").map({ String(mirror[..<$0.lowerBound]) }) else {
                throw SettingFault(
                    "invalid mirror: no scheme specified for \"\(mirror)\": must use either 'https://' or 'http://'"
                )
            }
            guard scheme == "http" || scheme == "https" else {
                throw SettingFault(
                    "invalid mirror: unsupported scheme \"\(scheme)\" in \"\(mirror)\": "
                        + "must use either 'https://' or 'http://'")
            }
            let rest = mirror.dropFirst(scheme.count + 3)
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            if rest.contains("?") || rest.contains("#") {
                throw SettingFault("invalid mirror: query or fragment at end of the URI \"\(mirror)\"")
            }
            if let at = authority.lastIndex(of: "@") {
                let user = authority[..<at].prefix { $0 != ":" }
                throw SettingFault(
                    "invalid mirror: username/password not allowed in URI "
                        + "\"\(scheme)://\(user):xxxxx\(authority[at...])\(rest.dropFirst(authority.count))\""
                )
            }
            if authority.isEmpty { throw SettingFault("invalid mirror: no host in \"\(mirror)\"") }
        }
    }

    private func checkHosts() throws(SettingFault) {
        for host in list("hosts") {
            let parts = host.firstRange(of: "://").map { (host[..<$0.lowerBound], host[$0.upperBound...]) }
            let scheme = parts.map { String($0.0) } ?? "tcp"
            guard ["unix", "tcp", "fd"].contains(scheme) else {
                throw SettingFault("invalid bind address (\(host)): unsupported proto '\(scheme)'")
            }
        }
    }

    /// What berth does not do is refused, by name.
    private func checkSupport() throws(ConfigurationError) {
        for setting in SettingTable.all {
            if let value = values[setting.name], let reason = setting.refusal(of: value) {
                throw .refused(reason)
            }
        }
        for option in list("exec-opts") where option != "native.cgroupdriver=cgroupfs" {
            throw .refused(
                "exec-opts: \(option) is not supported by berth: it makes cgroups itself (cgroupfs)")
        }
        let driver = text("storage-driver")
        if !driver.isEmpty && driver != "overlay2" {
            throw .refused("storage-driver: \(driver) is not supported by berth: use overlay2")
        }
        for member in values["features"]?.objectValue?.members ?? []
        where member.value == true && !["buildkit", "cdi"].contains(member.key) {
            throw .refused("features: \(member.key) is not supported by berth")
        }
        if text("bridge") == "none" {
            throw .refused("bridge: none is not supported by berth: use --network none for single containers")
        }
        for name in ["data-root", "exec-root"] {
            let path = text(name)
            if !path.isEmpty && !path.hasPrefix("/") {
                throw .refused("\(name): \"\(path)\" must be an absolute path")
            }
        }
    }

    private func checkLabels() throws(ConfigurationError) {
        var seen: [String: String] = [:]
        for label in list("labels") {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            if let other = seen[parts[0]], other != parts[1] {
                throw .refused("conflict labels for \(label) and \(parts[0])=\(other)")
            }
            seen[parts[0]] = parts[1]
        }
    }

    private func checkTLS() throws(ConfigurationError) {
        let asks = values["tls"]?.boolValue == true || values["tlsverify"]?.boolValue == true
        if !asks, values["tls"]?.boolValue == nil, values["tlsverify"]?.boolValue == nil {
            for name in ["tlscacert", "tlscert", "tlskey"] where !text(name).isEmpty {
                throw .refused("\(name) is given without tls or tlsverify: nothing would be encrypted")
            }
        }
    }

    private static func isLabel(_ text: String) -> Bool {
        guard let equals = text.firstIndex(of: "=") else { return false }
        return equals != text.startIndex && !text[..<equals].contains(" ")
    }

    private static func isDomain(_ text: String) -> Bool {
        if text.trimmingDots.isEmpty { return text == "." }
        return text.utf8.count <= 255
            && text.trimmingDots.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                guard let first = part.utf8.first, let last = part.utf8.last else { return false }
                func isWord(_ byte: UInt8) -> Bool {
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || byte == 95
                }
                return isWord(first) && isWord(last) && part.utf8.allSatisfy { isWord($0) || $0 == 45 }
            }
    }
}

extension String {
    fileprivate var trimmingDots: Substring { hasSuffix(".") ? dropLast() : self[...] }
}
