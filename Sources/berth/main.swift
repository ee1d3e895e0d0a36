import BerthCLI
import Linux

exitProcess(BerthMain.run(Array(CommandLine.arguments.dropFirst())))
