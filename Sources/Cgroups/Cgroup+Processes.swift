internal import Linux

extension Cgroup {
    /// The processes of the group and of the groups below it.
    public func processes() throws(CgroupError) -> [Int32] {
        var found: Set<Int32> = []
        guard let top = directory("memory")?.path ?? directory("pids")?.path ?? directories.first else {
            return []
        }
        for directory in Self.tree(top) {
            guard let text = try readControl(directory + "/cgroup.procs") else { continue }
            for line in text.split(separator: "\n") {
                if let pid = Int32(line), pid > 0 { found.insert(pid) }
            }
        }
        return found.sorted()
    }

    /// Stops every process of the group where it is, and returns when they have stopped.
    public func freeze() throws(CgroupError) { try setFrozen(true) }

    /// Lets a frozen group go on.
    public func thaw() throws(CgroupError) { try setFrozen(false) }

    /// Whether the group is frozen.
    public func isFrozen() throws(CgroupError) -> Bool {
        guard let place = directory("freezer") else { return false }
        if place.isUnified { return try readControl(place.path + "/cgroup.freeze") == "1" }
        return try readControl(place.path + "/freezer.state").map { $0 != "THAWED" } ?? false
    }

    /// Sends SIGKILL to every process of the group and of those below, also to what they start meanwhile.
    ///
    /// Returns when the signals are sent: the processes end, and are reaped by their parents, a little
    /// later. A group that is frozen is thawed, as on v1 its processes would not die otherwise.
    public func killAll() throws(CgroupError) {
        if let unified = layout.unifiedPath, fileExists(unified + path + "/cgroup.kill") {
            try writeControl(unified + path + "/cgroup.kill", "1")
            if let place = directory("freezer"), !place.isUnified, try isFrozen() { try thaw() }
            return
        }
        for _ in 0..<100 {
            // While they are frozen they start no others.
            if let place = directory("freezer"), !place.isUnified {
                try? writeControl(place.path + "/freezer.state", "FROZEN")
            }
            let pids = try processes()
            for pid in pids { _ = try? signalProcess(pid, 9) }
            if directory("freezer") != nil { try? thaw() }
            if pids.isEmpty { return }
            sleepMilliseconds(1)
        }
        throw CgroupError(#"kill cgroup "\#(path)": processes are left after 100 tries"#)
    }

    /// Removes the group and those below it; groups that are gone already are no error.
    ///
    /// The kernel still counts processes for a moment after they were reaped, so this tries again for a
    /// second.
    public func remove() throws(CgroupError) {
        for directory in directories {
            var pause: UInt32 = 1
            var waited: UInt32 = 0
            while true {
                do {
                    try Self.removeTree(directory)
                    break
                } catch {
                    guard error.code == .busy, waited < 1000 else { throw CgroupError(error) }
                    sleepMilliseconds(pause)
                    waited += pause
                    pause = min(pause * 2, 50)
                }
            }
        }
    }

    private static func removeTree(_ directory: String) throws(SystemError) {
        do {
            try removeDirectory(directory)
        } catch let error where error.code == .noEntry {
            return
        } catch let error where error.code == .busy || error.code == .notEmpty {
            let below = tree(directory).dropFirst()
            guard !below.isEmpty else { throw error }
            for child in below.reversed() {
                do { try removeDirectory(child) } catch let error where error.code == .noEntry { continue }
            }
            do { try removeDirectory(directory) } catch let error where error.code == .noEntry { return }
        }
    }

    /// The directory and all groups below it, parents first.
    static func tree(_ directory: String) -> [String] {
        var found = [directory]
        var next = 0
        while next < found.count {
            let parent = found[next]
            next += 1
            for name in (try? listDirectory(parent)) ?? [] {
                // Control files have a dot or a known name, but only a directory can be listed; ask the
                // cheap way first.
                let path = parent + "/" + name
                if isDirectory(path) { found.append(path) }
            }
        }
        return found
    }

    private func setFrozen(_ frozen: Bool) throws(CgroupError) {
        guard let place = directory("freezer") else {
            throw CgroupError(#"freeze cgroup "\#(path)": no cgroup hierarchy has the controller "freezer""#)
        }
        if place.isUnified {
            try writeControl(place.path + "/cgroup.freeze", frozen ? "1" : "0")
        } else {
            try writeControl(place.path + "/freezer.state", frozen ? "FROZEN" : "THAWED")
        }
        guard frozen else { return }
        for round in 0..<2000 {
            if place.isUnified {
                let events = try readControl(place.path + "/cgroup.events") ?? ""
                if events.split(separator: "\n").contains("frozen 1") { return }
            } else {
                if try readControl(place.path + "/freezer.state") == "FROZEN" { return }
                // A process forked meanwhile can keep v1 in FREEZING until it is told again.
                if round % 50 == 49 { try writeControl(place.path + "/freezer.state", "FROZEN") }
            }
            sleepMilliseconds(1)
        }
        try? setFrozen(false)
        throw CgroupError(#"freeze cgroup "\#(path)": its processes did not stop within two seconds"#)
    }
}
