internal import ContainerLog
internal import Linux
internal import SupervisorProtocol

/// What takes a container's output to keep.
protocol LogSink: AnyObject {
    func write(
        _ stream: LogStream, _ bytes: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) throws(SystemError)

    /// Keeps what is left; nothing is written afterwards.
    func close() throws(SystemError)
}

extension LogWriter: LogSink {}

/// Opens the log that `options` describe.
func openLog(_ options: LogOptions, loop: EventLoop) throws(SystemError) -> any LogSink {
    let configuration = LogConfiguration(
        path: options.path, format: options.isLocal ? .local : .jsonLines, maxSizeBytes: options.maxSizeBytes,
        maxFiles: options.maxFiles, compresses: options.compresses, attributes: options.attributes)
    guard let limit = options.bufferBytes else { return try LogWriter(configuration) }
    return try BufferedLog(configuration, limitBytes: Int(clamping: limit), loop: loop)
}
