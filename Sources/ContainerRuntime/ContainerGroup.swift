internal import Cgroups
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// A container's cgroup from the supervisor's side; a container without a cgroup path has none.
struct ContainerGroup {
    private let resources: RuntimeSpec.Resources?
    /// The group itself, made or not.
    let handle: Cgroup?

    /// Reads the spec and touches nothing. `known` is the machine's layout, if the caller found it before.
    init(_ spec: RuntimeSpec, layout known: CgroupLayout?) throws(StartFailure) {
        resources = spec.linux?.resources
        guard let wanted = spec.linux?.cgroupsPath, !wanted.isEmpty else {
            handle = nil
            return
        }
        do throws(CgroupError) {
            let layout = if let known { known } else { try CgroupLayout.detect() }
            handle = try Cgroup(layout: layout, path: wanted)
        } catch { throw Self.failure(error) }
    }

    static func failure(_ error: CgroupError) -> StartFailure {
        StartFailure(
            kind: .other, stage: "cgroup", code: error.code?.rawValue ?? 0, message: error.description)
    }

    /// Whether all of the limits hold from the clone on, so that they have to be there before it.
    var isWholeAtBirth: Bool { handle?.layout.mode == .v2 }

    /// Makes the group with its limits; on failure nothing of it is left.
    func create() throws(StartFailure) {
        guard let handle else { return }
        do { _ = try Cgroup.create(layout: handle.layout, path: handle.path, resources: resources) } catch {
            throw Self.failure(error)
        }
    }

    /// Where the container's first process is to be born, where the kernel takes births; made if need be.
    func makeBirthplace() throws(StartFailure) -> OwnedDescriptor? {
        do { return try handle?.makeBirthplace() } catch { throw Self.failure(error) }
    }

    /// Where the container's other processes are to be born.
    func birthplace() throws(StartFailure) -> OwnedDescriptor? {
        do { return try handle?.birthplace() } catch { throw Self.failure(error) }
    }

    /// Moves the calling process, born in ``birthplace()``, into the rest of the group.
    func join() throws(StartFailure) {
        do { try handle?.join() } catch { throw Self.failure(error) }
    }

    /// Moves `pid` into the group, by somebody else's hand and slowly.
    func add(_ pid: Int32) throws(StartFailure) {
        do { try handle?.add(pid) } catch { throw Self.failure(error) }
    }

    /// What the container sees below `/sys/fs/cgroup`.
    var view: CgroupView {
        guard let handle else { return .none }
        let layout = handle.layout
        let name = handle.path.dropFirst()
        func last(_ text: String) -> String { text.split(separator: "/").last.map(String.init) ?? text }
        var hierarchies = layout.hierarchies.map { (name: last($0.path), path: "\($0.path)/\(name)") }
        if let unified = layout.unifiedPath, layout.mode == .hybrid {
            hierarchies.append((name: last(unified), path: "\(unified)/\(name)"))
        }
        var links: [(name: String, target: String)] = []
        for hierarchy in layout.hierarchies where hierarchy.controllers.count > 1 {
            for controller in hierarchy.controllers where controller != last(hierarchy.path) {
                links.append((name: controller, target: last(hierarchy.path)))
            }
        }
        return CgroupView(isUnified: layout.mode == .v2, hierarchies: hierarchies, links: links)
    }
}
