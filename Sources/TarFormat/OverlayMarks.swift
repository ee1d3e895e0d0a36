package import Linux

/// How a layer says what is gone: in a tar by names, on the disk by overlayfs's devices and attributes.
package enum OverlayMarks {
    package static let whiteoutPrefix = ".wh."
    package static let metadataPrefix = ".wh..wh."
    package static let opaqueName = ".wh..wh..opq"
    package static let opaque = ExtendedAttribute(name: RawPath("trusted.overlay.opaque"), value: [0x79])
    package static let overlayPrefix = "trusted.overlay."
}
