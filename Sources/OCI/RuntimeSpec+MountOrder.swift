extension RuntimeSpec.Mount {
    private var depth: Int { destination.split(separator: "/").count }

    /// The mounts, those that lie in others after them; where nothing lies in anything, in the order given.
    public static func shallowFirst(_ mounts: [RuntimeSpec.Mount]) -> [RuntimeSpec.Mount] {
        mounts.enumerated().sorted { left, right in
            let depths = (left.element.depth, right.element.depth)
            return depths.0 != depths.1 ? depths.0 < depths.1 : left.offset < right.offset
        }.map(\.element)
    }
}
