import Crypto
import OCI

/// Image archives, right or wrong as the test wants them.
struct ArchiveBytes {
    static func digest(_ bytes: [UInt8]) -> String {
        "sha256:"
            + SHA256.hash(data: bytes).map { byte in
                let text = String(byte, radix: 16)
                return text.utf8.count == 1 ? "0" + text : text
            }.joined()
    }

    static func hex(_ bytes: [UInt8]) -> String { String(digest(bytes).dropFirst(7)) }

    static func config(_ layers: [[UInt8]], extra: String = "") -> String {
        let ids = layers.map { "\"\(digest($0))\"" }.joined(separator: ",")
        return #"{"architecture":"amd64","os":"linux","config":{"Cmd":["/x"]\#(extra)},"#
            + #""rootfs":{"type":"layers","diff_ids":[\#(ids)]}}"#
    }

    /// The layout that dockers up to 24 wrote.
    static func oldDocker(
        _ layers: [[UInt8]], config: String? = nil, tags: String = "[\"old:1\"]", configName: String? = nil
    ) -> [UInt8] {
        let config = config ?? Self.config(layers)
        let name = configName ?? hex(Array(config.utf8)) + ".json"
        return TarBytes { tar in
            for (index, layer) in layers.enumerated() {
                tar.directory("l\(index)/")
                tar.file("l\(index)/VERSION", "1.0")
                tar.header(.init(name: Array("l\(index)/layer.tar".utf8), size: layer.count))
                tar.content(layer)
            }
            tar.file(name, config)
            let paths = layers.indices.map { "\"l\($0)/layer.tar\"" }.joined(separator: ",")
            tar.file("manifest.json", #"[{"Config":"\#(name)","RepoTags":\#(tags),"Layers":[\#(paths)]}]"#)
        }.finished
    }

    /// An OCI layout with one name for several platforms, of which it has the blobs of those that are `whole`.
    ///
    /// Also returns the digest of the index that the name stands for.
    static func platforms(
        _ images: [(platform: String, layers: [[UInt8]])], name: String = "docker.io/library/many:1",
        whole: Int? = nil, os: String = "linux"
    ) -> (bytes: [UInt8], index: String) {
        func descriptor(_ type: String, _ bytes: [UInt8], _ more: String = "") -> String {
            #"{"mediaType":"\#(type)","digest":"\#(digest(bytes))","size":\#(bytes.count)\#(more)}"#
        }
        var blobs: [[UInt8]] = []
        var entries: [String] = []
        for (position, image) in images.enumerated() {
            let config = Array(Self.config(image.layers).replacing("amd64", with: image.platform).utf8)
            let list = image.layers.map { descriptor(MediaType.ociLayer, $0) }.joined(separator: ",")
            let manifest = Array(
                #"{"schemaVersion":2,"config":\#(descriptor(MediaType.ociConfig, config)),"layers":[\#(list)]}"#
                    .utf8)
            if position < whole ?? images.count { blobs += image.layers + [config, manifest] }
            let platform = #","platform":{"architecture":"\#(image.platform)","os":"\#(os)"}"#
            entries.append(descriptor(MediaType.ociManifest, manifest, platform))
        }
        let index = Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entries.joined(separator: ","))]}"#
                .utf8)
        let named = #","annotations":{"io.containerd.image.name":"\#(name)"}"#
        let bytes = TarBytes { tar in
            tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
            tar.file(
                "index.json",
                #"{"schemaVersion":2,"manifests":[\#(descriptor(MediaType.ociIndex, index, named))]}"#)
            for blob in blobs + [index] {
                tar.header(.init(name: Array("blobs/sha256/\(hex(blob))".utf8), size: blob.count))
                tar.content(blob)
            }
        }.finished
        return (bytes, digest(index))
    }

    /// An OCI layout; each `break` changes what it says.
    struct Layout {
        var layers: [[UInt8]]
        /// The layers as they are stored, if compressed.
        var stored: [[UInt8]]?
        var config: String?
        var annotations = #"{"io.containerd.image.name":"docker.io/library/layout:2"}"#
        var layerType = MediaType.ociLayer
        var configType = MediaType.ociConfig
        var layerSizeError = 0
        var platform = ""
        /// Blobs whose content is not what their name says.
        var corrupt = false

        var bytes: [UInt8] {
            let config = Array((self.config ?? ArchiveBytes.config(layers)).utf8)
            let blobs = stored ?? layers
            func descriptor(_ type: String, _ bytes: [UInt8], _ error: Int = 0, _ more: String = "") -> String
            {
                #"{"mediaType":"\#(type)","digest":"\#(ArchiveBytes.digest(bytes))","size":\#(bytes.count + error)\#(more)}"#
            }
            let list = blobs.map { descriptor(layerType, $0, layerSizeError) }.joined(separator: ",")
            let manifest = Array(
                #"{"schemaVersion":2,"config":\#(descriptor(configType, config)),"layers":[\#(list)]}"#.utf8)
            let more = #","annotations":\#(annotations)\#(platform)"#
            let index =
                #"{"schemaVersion":2,"manifests":[\#(descriptor(MediaType.ociManifest, manifest, 0, more))]}"#
            return TarBytes { tar in
                tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
                tar.file("index.json", index)
                for blob in blobs + [config, manifest] {
                    var content = blob
                    if corrupt { content[0] ^= 1 }
                    tar.header(
                        .init(name: Array("blobs/sha256/\(ArchiveBytes.hex(blob))".utf8), size: blob.count))
                    tar.content(content)
                }
            }.finished
        }
    }
}
