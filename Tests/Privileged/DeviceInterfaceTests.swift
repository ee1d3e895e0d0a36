internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

/// Where the suite's daemon finds specifications.
private let deviceFolder = "/run/berth-tests-cdi-\(uniqueName())"

extension OnARealKernel {
    /// The words are those of dockerd 28.5.
    @Suite(
        "Devices of the Container Device Interface",
        .engine(
            options: ["--cdi-spec-dir", deviceFolder],
            environment: ["PATH": "\(deviceFolder)/bin:/usr/sbin:/usr/bin:/sbin:/bin"]),
        .timeLimit(.minutes(2)), .serialized)
    struct DeviceInterfaceTests {
        private let docker: Client
        private let folder: String

        init() throws {
            docker = try Engine.shared().client()
            folder = deviceFolder
            try makeDirectories(folder + "/seen")
            try writeFile(
                folder + "/gadget.yaml",
                """
                cdiVersion: "0.7.0"
                kind: acme.io/gadget
                containerEdits:
                  env: [ALL=1]
                devices:
                - name: one
                  containerEdits:
                    env: [FOO=cdi]
                    deviceNodes:
                    - {path: /dev/gadget, hostPath: /dev/null, permissions: rw, uid: 7}
                    mounts:
                    - {hostPath: \(folder)/seen, containerPath: /gadget, options: [ro, rbind]}
                    additionalGids: [77]
                - name: hooked
                  containerEdits:
                    hooks:
                    - hookName: createContainer
                      path: /bin/sh
                      args: [sh, -c, 'cat > \(folder)/seen/state; root=$(sed -n "s/.*\\"bundle\\":\\"\\([^\\"]*\\).*/\\1/p" \(folder)/seen/state)/rootfs; echo made > $root/by-the-hook']
                      env: [PATH=/usr/bin:/bin]
                    - {hookName: poststop, path: /bin/sh, args: [sh, -c, 'echo over > \(folder)/seen/end'], env: [PATH=/bin]}
                - name: failing
                  containerEdits:
                    hooks: [{hookName: createRuntime, path: /bin/sh, args: [sh, -c, 'echo no luck >&2; exit 4']}]
                """)
        }

        @Test(
            "are listed, and come with variables, nodes, mounts and groups", arguments: ClientKind.available)
        func device(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let info = try await docker.must("info")
            #expect(
                info.contains(
                    " Discovered Devices:\n  cdi: acme.io/gadget=failing\n  cdi: acme.io/gadget=hooked\n"))
            let seen = try await docker.must(
                "run", "--rm", "--device", "acme.io/gadget=one", "-e", "FOO=mine", "busybox", "sh", "-c",
                "echo $ALL $FOO; stat -c '%t %T %u' /dev/gadget; echo x > /dev/gadget; grep -c '/gadget .* ro' /proc/mounts; id -G"
            )
            #expect(seen == "1 cdi\n1 3 7\n1\n0 77", "\(seen)")
        }

        @Test("have their hooks run over a bundle, in the container's life")
        func hooks() async throws {
            let name = "cdi-hooked"
            let seen = try await docker.must(
                "run", "-i", "--name", name, "--device", "acme.io/gadget=hooked", "busybox", "cat",
                "/by-the-hook")
            #expect(seen == "made")
            let state = try JSONValue(parsing: try readText(folder + "/seen/state"))
            let id = try await docker.must("inspect", "-f", "{{.Id}}", name)
            #expect(state["id"]?.stringValue == id && state["status"]?.stringValue == "creating")
            #expect(try await eventually { fileExists(folder + "/seen/end") })
            try await docker.must("rm", name)
            let failed = try await docker(
                "run", "--rm", "--device", "acme.io/gadget=failing", "busybox", "true")
            #expect(failed.code == 125)
            #expect(
                failed.stderr.contains("createRuntime hook #0: exit status 4, stdout and stderr: no luck"),
                "\(failed.stderr)")
        }

        /// A script stands for NVIDIA's hook, and for a GPU the variables that it would read.
        @Test("and GPUs, which NVIDIA's hook prepares, are given by number, by id, or all")
        func gpus() async throws {
            let script = folder + "/bin/nvidia-container-runtime-hook"
            let missing = try await docker("run", "--rm", "--gpus", "all", "busybox", "true")
            #expect(missing.stderr.contains("could not select device driver \"\" with capabilities: [[gpu]]"))
            try makeDirectories(folder + "/bin")
            try writeFile(
                script, "#!/bin/sh\necho \"$1 $(grep -c '\"bundle\"')\" > \(folder)/seen/gpu\n", mode: 0o755)
            defer { try? removeFile(script) }
            for (asked, seen) in [
                ("all", "NVIDIA_VISIBLE_DEVICES=all"), ("2", "NVIDIA_VISIBLE_DEVICES=0,1"),
                (
                    "device=GPU-7,capabilities=utility",
                    "NVIDIA_DRIVER_CAPABILITIES=utility NVIDIA_VISIBLE_DEVICES=GPU-7"
                ),
            ] {
                let said = try await docker.must(
                    "run", "--rm", "--gpus", asked, "busybox", "sh", "-c", "env | grep NVIDIA | sort | xargs")
                #expect(said == seen)
                #expect(try readText(folder + "/seen/gpu") == "prestart 1\n")
            }
            let other = try await docker(
                "run", "--rm", "--gpus", "all,capabilities=quantum", "busybox", "true")
            #expect(
                other.stderr.contains(
                    "could not select device driver \"\" with capabilities: [[quantum gpu]]"), "\(other)")
        }

        @Test("that nobody has fail the start, and bad files are told of")
        func faults() async throws {
            let result = try await docker("run", "--rm", "--device", "acme.io/gadget=none", "busybox", "true")
            #expect(result.code == 125)
            #expect(
                result.stderr.hasPrefix(
                    "docker: Error response from daemon: CDI device injection failed: unresolvable CDI devices acme.io/gadget=none\n"
                ))
            try writeFile(folder + "/bad.yaml", "cdiVersion: 0.7.0\nkind: nokind\ndevices: []")
            let info = try await docker("info")
            #expect(
                info.stderr.contains(
                    "CDI: Error associated with spec file \(folder)/bad.yaml: failed to load CDI Spec invalid CDI Spec: invalid vendor. empty name"
                ))
            try removeFile(folder + "/bad.yaml")
            try await docker.must("run", "--rm", "--device", "acme.io/gadget=one", "busybox", "true")
        }
    }
}
