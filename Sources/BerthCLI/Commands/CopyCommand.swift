internal import DockerAPI
internal import EngineClient
internal import FoundationEssentials
internal import Linux
internal import OrderedJSON
internal import TarFormat
internal import TerminalUI

extension Command {
    static let copy = Command(
        path: "cp",
        usage:
            "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
        summary: """
            Copy files/folders between a container and the local filesystem

            With '-' as the source, a tar archive is read from stdin and extracted
            to a directory in the container. With '-' as the destination, what lies
            in the container is written to stdout as a tar archive.
            """,
        aliases: ["container cp", "cp"],
        flags: [
            Flag("archive", "a", .bool, "Give the files to the container's user"),
            Flag("follow-link", "L", .bool, "Copy what a link in SRC_PATH leads to, and not the link"),
            Flag("quiet", "q", .bool, "Say nothing of the copy; so it is without a terminal"),
        ], arguments: .exactly(2)
    ) { cli, flags in
        let (source, target) = (flags.arguments[0], flags.arguments[1])
        if source.isEmpty { throw CommandFailure("source can not be empty") }
        if target.isEmpty { throw CommandFailure("destination can not be empty") }
        let quiet = flags.has("quiet") ? flags.bool("quiet") : !isTerminal(1)
        let copy = FileCopy(
            cli: cli, quiet: quiet, follows: flags.bool("follow-link"), archives: flags.bool("archive"))
        let (from, to) = (FileCopy.split(source), FileCopy.split(target))
        switch (from.container, to.container) {
        case (let container?, nil): try copy.out(container, from.path, to: to.path)
        case (nil, let container?): try copy.in(from.path, container, to.path)
        case (_?, _?): throw CommandFailure("copying between containers is not supported")
        case (nil, nil): throw CommandFailure("must specify at least one container source")
        }
        return 0
    }
}

/// A copy between a container and this machine.
private struct FileCopy {
    let cli: CLI
    let quiet: Bool
    let follows: Bool
    let archives: Bool

    /// `CONTAINER:PATH`, or a path of this machine: one that begins with a slash or dot, or has no colon.
    static func split(_ text: String) -> (container: String?, path: String) {
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":") else {
            return (nil, text)
        }
        let container = String(text[..<colon])
        return container.isEmpty ? (nil, text) : (container, String(text[text.index(after: colon)...]))
    }

    private func archivePath(_ container: String) -> String { "/containers/\(escapePath(container))/archive" }

    private static func stat(_ response: HTTPResponse) throws -> JSONValue {
        guard let header = response.header("x-docker-container-path-stat"),
            let bytes = Data(base64Encoded: header)
        else { throw CommandFailure("unable to get resource stat from response: EOF") }
        return try JSONValue(parsing: Array(bytes))
    }

    private func stat(_ container: String, _ path: String) throws -> JSONValue {
        let request = EngineClient.Request("HEAD", archivePath(container), query: [("path", path)])
        return try Self.stat(cli.client().send(request))
    }

    private static func bits(_ stat: JSONValue) -> UInt32 {
        UInt32(truncatingIfNeeded: stat["mode"]?.intValue ?? 0)
    }

    /// Where the link at `path` in a container leads.
    private static func target(_ stat: JSONValue, at path: String) -> String? {
        guard bits(stat) & PathStat.Bits.symbolicLink != 0 else { return nil }
        let target = stat["linkTarget"]?.stringValue ?? ""
        return LocalPath.isAbsolute(target) ? target : LocalPath.join(LocalPath.split(path).directory, target)
    }

    private func done(_ bytes: Int64, _ target: String) {
        if !quiet {
            cli.complain("Successfully copied \(HumanUnits.size(Double(bytes), digits: 3)) to \(target)")
        }
    }

    // MARK: Out of a container

    func out(_ container: String, _ given: String, to target: String) throws {
        var path = given
        var target = target
        if target != "-" {
            target = LocalPath.absolute(target)
            try Self.checkOutput(target)
        }
        var source = CopyEnd(path: path, exists: true)
        if follows, let stat = try? stat(container, path), let link = Self.target(stat, at: path) {
            (path, source.asked) = CopyEnd.renamed(path, to: link)
            source.path = path
        }
        let request = EngineClient.Request("GET", archivePath(container), query: [("path", path)])
        let response = try cli.client().send(request)
        let stat = try Self.stat(response)
        source.isDirectory = Self.bits(stat) & PathStat.Bits.directory != 0
        let body = ResponseSource(response)
        if target == "-" {
            cli.flush()
            return try body.copy(to: 1)
        }
        defer { done(body.count, target) }
        try extract(body, source, to: target)
    }

    private func extract(_ body: ResponseSource, _ source: CopyEnd, to target: String) throws {
        var place = try source.placed(at: CopyEnd.target(target))
        if !source.asked.isEmpty {
            // What the archive calls by the link's target gets the name that was asked for.
            let own = LocalPath.split(source.path).name
            place.rename = (own == "/" ? "" : own, place.rename?.to ?? source.asked)
        }
        var options = TreeExtractor.Options()
        options.keepsKinds = true
        options.setsOwners = false
        options.refusesClimbingLinks = true
        let shown = LocalPath.clean(place.directory)
        options.shownPlace = shown
        options.resolve = [.beneath, .noMagicLinks]
        options.rename = place.rename.map { (Array($0.from.utf8), Array($0.to.utf8)) }
        do {
            let root = SharedDescriptor(try openFile(place.directory, [.path, .directory]))
            let extractor = TreeExtractor(
                root: root, place: RawPath([]), placeName: shown, options: options)
            try extractor.extract(TarReader(body))
        } catch let error as SystemError {
            throw CommandFailure("open \(place.directory): \(error.code.reason)")
        }
    }

    /// Refuses a target that cannot become a file or directory.
    private static func checkOutput(_ path: String) throws {
        let directory = LocalPath.split(LocalPath.clean(path)).directory
        if !fileExists(directory) {
            throw CommandFailure("invalid output path: directory \"\(directory)\" does not exist")
        }
        guard let file = try? openFile(path, .path), let status = try? fileStatus(of: file.rawValue) else {
            return
        }
        if status.kind == .characterDevice || status.kind == .blockDevice {
            throw CommandFailure(
                "invalid output path: \"\(path)\" must be a directory or a regular file: got a device")
        }
    }

    // MARK: Into a container

    func `in`(_ source: String, _ container: String, _ given: String) throws {
        let client = try cli.client()
        var target = CopyEnd(path: given)
        var found = try? stat(container, given)
        if let link = found.flatMap({ Self.target($0, at: given) }) {
            target.path = link
            found = try? stat(container, link)
        }
        if let found {
            if Self.bits(found) & (PathStat.Bits.device | PathStat.Bits.irregular) != 0 {
                let kind = Self.bits(found) & PathStat.Bits.device != 0 ? "a device" : "an irregular file"
                throw CommandFailure(
                    "destination \"\(container):\(given)\" must be a directory or a regular file: got \(kind)"
                )
            }
            target.exists = true
            target.isDirectory = Self.bits(found) & PathStat.Bits.directory != 0
        }
        var query = [("noOverwriteDirNonDir", "true")]
        if archives { query.append(("copyUIDGID", "true")) }
        if source == "-" {
            guard target.isDirectory else {
                throw CommandFailure("destination \"\(container):\(given)\" must be a directory")
            }
            let upload = try client.beginUpload(request(container, target.path, query))
            try Self.copyInput(to: upload)
            try upload.finish()
            return done(upload.count, container + ":" + target.path)
        }
        let local = try CopyEnd.source(LocalPath.absolute(source), follows: follows)
        let place = try local.placed(at: target)
        let upload = try client.beginUpload(request(container, place.directory, query))
        defer { done(upload.count, container + ":" + target.path) }
        do { try send(local, as: place.rename?.to ?? local.asked, to: upload) } catch is BodyUpload.Refused {
            // The engine has said why.
        }
        try upload.finish()
    }

    private func request(_ container: String, _ path: String, _ query: [(String, String)])
        -> EngineClient.Request
    {
        var request = EngineClient.Request("PUT", archivePath(container), query: query + [("path", path)])
        request.contentType = "application/x-tar"
        return request
    }

    private static func copyInput(to upload: BodyUpload) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        do {
            while true {
                let count = try readBytes(0, into: buffer)
                if count == 0 { return }
                try upload.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        } catch is BodyUpload.Refused {}
    }

    /// Sends a file or tree of this machine; its first name is `name`, or its own where that is empty.
    private func send(_ source: CopyEnd, as name: String, to upload: BodyUpload) throws {
        let cli = cli
        let writer = TarWriter { try upload.write($0) }
        let (directory, base) = LocalPath.split(source.path)
        let archiver = TreeArchiver(writer, detail: .plain) { path, error in
            cli.complain("Can't add file \(directory)/\(path) to tar: open: \(error.code.reason)")
        }
        let shown = RawPath(name.isEmpty ? base : name)
        if source.isDirectory {
            let root = SharedDescriptor(try openFile(source.path, [.readOnly, .directory]))
            try archiver.write(root, prefix: shown)
        } else {
            let parent = SharedDescriptor(try openFile(directory, [.path, .directory]))
            try archiver.write(RawPath(base), in: parent, as: shown)
        }
        try writer.finish()
    }
}

/// The body of an answer, with a count of its bytes.
private final class ResponseSource: ByteSource {
    private let response: HTTPResponse
    private(set) var count: Int64 = 0

    init(_ response: HTTPResponse) { self.response = response }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let got = try response.read(into: buffer)
        count += Int64(got)
        return got
    }

    func move(upTo limit: Int, to file: Int32) throws -> Int? {
        let moved = try response.move(upTo: limit, to: file)
        count += Int64(moved ?? 0)
        return moved
    }

    func copy(to descriptor: Int32) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let got = try read(into: buffer)
            if got == 0 { return }
            do throws(SystemError) {
                try writeAll(descriptor, UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            } catch {
                throw CommandFailure("write /dev/stdout: \(error.code.reason)")
            }
        }
    }
}
