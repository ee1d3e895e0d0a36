internal import Cgroups
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// A container's cgroup from the supervisor's side; a container without a cgroup path has none.
struct ContainerGroup {
    private let layout: CgroupLayout?
    private let path: String?
    private let resources: RuntimeSpec.Resources?

    /// Reads the spec and touches nothing. `known` is the machine's layout, if the caller found it before.
    init(_ spec: RuntimeSpec, layout known: CgroupLayout?) throws(StartFailure) {
        resources = spec.linux?.resources
        guard let wanted = spec.linux?.cgroupsPath, !wanted.isEmpty else {
            (layout, path) = (nil, nil)
            return
        }
        path = wanted
        do throws(CgroupError) {
            if let known { layout = known } else { layout = try CgroupLayout.detect() }
        } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: CgroupError) -> StartFailure {
        StartFailure(kind: .other, stage: "cgroup", code: error.code?.rawValue ?? 0, message: error.description)
    }

    /// Whether a process can be born in the group, so that it has to be made before.
    var takesBirths: Bool { layout?.mode == .v2 }

    /// Makes the group with its limits.
    func create() throws(StartFailure) -> Cgroup? {
        guard let layout, let path else { return nil }
        do { return try Cgroup.create(layout: layout, path: path, resources: resources) } catch {
            throw Self.failure(error)
        }
    }

    /// The group's directory for the clone, where the kernel takes it.
    func descriptor(_ group: Cgroup?) throws(StartFailure) -> OwnedDescriptor? {
        guard let group else { return nil }
        do { return try group.descriptor() } catch { throw Self.failure(error) }
    }

    /// Moves `pid` into the group.
    func add(_ pid: Int32, to group: Cgroup?) throws(StartFailure) {
        guard let group else { return }
        do { try group.add(pid) } catch { throw Self.failure(error) }
    }

    /// What the container sees below `/sys/fs/cgroup`.
    var view: CgroupView {
        guard let layout, let path else { return .none }
        let name = path.split(separator: "/").joined(separator: "/")
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
