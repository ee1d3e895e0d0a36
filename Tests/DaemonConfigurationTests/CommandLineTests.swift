import Testing

@testable import DaemonConfiguration

@Suite("The daemon's command line")
struct CommandLineTests {
    private func settings(_ flags: [String]) throws -> DaemonSettings {
        try SettingsFileTests.read("{}", flags)
    }

    @Test("Flags are read in all their forms")
    func forms() throws {
        let settings = try settings([
            "-H", "unix:///a", "--host=tcp://b:1", "-Hfd://", "-D", "--label", "a=b", "--label=c=d",
            "-ldebug",
            "--default-ulimit", "nofile=1:2", "--default-ulimit", "core=-1", "--log-opt", "max-size=1m",
            "--add-runtime", "crun=/usr/bin/crun", "--default-shm-size", "1GiB", "--dns", "1.1.1.1,::1",
            "--default-address-pool", "base=10.0.0.0/8,size=24", "--feature", "buildkit", "--init=false",
        ])
        #expect(settings.hosts == ["unix:///a", "tcp://b:1", "fd://"])
        #expect(settings.isDebugging && settings.labels == ["a=b", "c=d"])
        #expect(
            settings.containers.ulimits == [
                .init(name: "nofile", soft: 1, hard: 2), .init(name: "core", soft: -1, hard: -1),
            ])
        #expect(settings.runtimes["crun"]?.path == "/usr/bin/crun")
        #expect(settings.containers.sharedMemoryBytes == 1 << 30)
        #expect(settings.containers.dns == ["1.1.1.1", "::1"])
        #expect(settings.addressPools == [.init(base: "10.0.0.0/8", size: 24)])
        #expect(settings.features == ["buildkit": true] && !settings.containers.usesInit)
    }

    @Test(
        "What no flag can mean is refused",
        arguments: [
            (["--foo"], "unknown flag: --foo"), (["-x"], "unknown shorthand flag: 'x' in -x"),
            (["foo"], "berthd takes no arguments: \"foo\""), (["--label"], "flag needs an argument: --label"),
            (["-H"], "flag needs an argument: 'H' in -H"),
            (
                ["--mtu=x"],
                "invalid argument \"x\" for \"--mtu\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"
            ),
            (
                ["-D=maybe"],
                "invalid argument \"maybe\" for \"-D, --debug\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax"
            ),
            (
                ["--default-ulimit", "nofile=3:2"],
                "invalid argument \"nofile=3:2\" for \"--default-ulimit\" flag: "
                    + "ulimit soft limit must be less than or equal to hard limit: 3 > 2"
            ),
            (
                ["--dns", "x"],
                "invalid argument \"x\" for \"--dns\" flag: invalid string being converted to IP address: x"
            ),
        ])
    func refusals(_ flags: [String], _ words: String) {
        do {
            _ = try DaemonRequest(flags)
            Issue.record("accepted")
        } catch {
            #expect(error.description == "\(words)\nSee 'berthd --help'.")
        }
    }

    @Test("Help and version need no configuration")
    func help() throws {
        if case .help = try DaemonRequest(["--help", "--config-file", "/nonexistent"]) {
        } else {
            Issue.record("no help")
        }
        if case .version = try DaemonRequest(["-v"]) {} else { Issue.record("no version") }
        #expect(DaemonHelp.text.contains("--data-root string"))
    }

    @Test("A file that was named has to be there")
    func missingFile() {
        let refusal =
            "unable to configure the Docker daemon with file /nonexistent/d.json: "
            + "open /nonexistent/d.json: no such file or directory"
        do {
            _ = try DaemonRequest(["--config-file", "/nonexistent/d.json"])
            Issue.record("accepted")
        } catch { #expect(error.description == refusal) }
    }
}

@Suite("Reading the configuration again")
struct ReloadTests {
    @Test("A hang-up changes what can change, and leaves the rest as it was")
    func reload() throws {
        let old = try SettingsFileTests.read(#"{"labels":["a=b"],"data-root":"/d","mtu":1400}"#)
        let new = try SettingsFileTests.read(
            #"{"labels":["c=d"],"data-root":"/other","mtu":1300,"debug":true,"shutdown-timeout":9,"#
                + #""registry-mirrors":["https://m"],"runtimes":{"crun":{"path":"/c"}},"default-runtime":"crun"}"#
        )
        let merged = old.reloaded(new)
        #expect(merged.labels == ["c=d"] && merged.isDebugging && merged.shutdownTimeout == 9)
        #expect(merged.registries.mirrors == ["https://m"] && merged.defaultRuntime == "crun")
        #expect(merged.dataRoot == "/d" && merged.mtu == 1400)
        let attributes = merged.reloadAttributes
        #expect(attributes["labels"] == #"["c=d"]"# && attributes["debug"] == "true")
        #expect(attributes["registry-mirrors"] == #"["https://m"]"# && attributes["runtimes"] == "crun:/c")
        #expect(attributes["features"] == "map[]" && attributes["default-shm-size"] == "67108864")
        #expect(attributes["live-restore"] == "true" && attributes["shutdown-timeout"] == "9")
    }
}
