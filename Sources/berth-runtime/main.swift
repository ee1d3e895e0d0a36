import ContainerRuntime

RuntimeProgram.run(CommandLine.arguments)
