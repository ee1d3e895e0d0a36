public import Linux

/// Polls readable when a group has run out of memory, or may have.
///
/// On v2 an `inotify(7)` watch of the group's files, on v1 an `eventfd(2)` that is registered with
/// `memory.oom_control` (the kernel's Documentation/admin-guide/cgroup-v1/memory.rst, section 10).
public final class OOMNotice {
    private enum Source: ~Copyable {
        case files(DirectoryWatch)
        case counter(WakeupDescriptor)
    }

    private let source: Source

    init(_ place: (path: String, isUnified: Bool)) throws(SystemError) {
        if place.isUnified {
            let watch = try DirectoryWatch()
            try watch.add(place.path)
            source = .files(watch)
        } else {
            let counter = try WakeupDescriptor()
            let control = try openFile(place.path + "/memory.oom_control", .readOnly)
            let file = try openFile(place.path + "/cgroup.event_control", .writeOnly)
            try writeAll(file.rawValue, Array("\(counter.rawValue) \(control.rawValue)".utf8))
            source = .counter(counter)
        }
    }

    /// The descriptor to poll.
    public var descriptor: Int32 {
        switch source {
        case .files(let watch): watch.descriptor
        case .counter(let counter): counter.rawValue
        }
    }

    /// Makes it unreadable again, and says whether the group has run out of memory for certain, as v1 tells before it
    /// kills. On v2 another of the group's files may have changed: whether ``Cgroup/oomKills()`` has grown decides.
    public func clear() -> Bool {
        switch source {
        case .files(let watch):
            _ = try? watch.drain()
            return false
        case .counter(let counter):
            counter.clear()
            return true
        }
    }
}

extension Cgroup {
    /// Begins to watch for processes that are killed for want of memory; nil where there is no memory controller.
    public func watchOOM() throws(SystemError) -> OOMNotice? {
        guard let place = directory("memory") else { return nil }
        return try OOMNotice(place)
    }
}
