public import APIServer
public import Engine

// The engine answers each route family with its methods of the same names.
extension ContainerEngine: ContainerControl {}
extension ContainerEngine: ExecControl {}
extension ContainerEngine: ImageControl {}
extension ContainerEngine: SystemControl {}
extension ContainerEngine: VolumeControl {}
extension ContainerEngine: NetworkControl {}
extension ContainerEngine: PruneControl {}
