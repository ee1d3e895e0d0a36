/// A value for a control file of one controller.
struct ControlWrite: Hashable {
    let controller: String
    let file: String
    let value: String

    init(_ controller: String, _ file: String, _ value: some CustomStringConvertible) {
        self.controller = controller
        self.file = file
        self.value = value.description
    }
}

extension Cgroup {
    /// Makes one write, and says which controller is missing where it is.
    func perform(_ write: ControlWrite) throws(CgroupError) {
        guard let directory = directory(write.controller) else {
            let wanted = #"set "\#(write.file)" to "\#(write.value)""#
            throw CgroupError(#"\#(wanted): no cgroup hierarchy has the controller "\#(write.controller)""#)
        }
        try writeControl(directory.path + "/" + write.file, write.value)
    }
}
