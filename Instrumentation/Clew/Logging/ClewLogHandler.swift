public import Logging

/// The library's backend for swift-log.
///
/// Level and metadata are values: a copy of a logger changes alone. Of equal keys the log statement's wins over the
/// provider's, and that over the logger's (swift-log, "Implementing a log handler"); what describes an error wins over all.
public struct ClewLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let scope: LogScope
    private let pipeline: LogPipeline

    init(
        label: String, logLevel: Logger.Level, metadataProvider: Logger.MetadataProvider?, pipeline: LogPipeline
    ) {
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
        self.pipeline = pipeline
        scope = pipeline.scope(label)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        pipeline.log(event, scope, metadata: metadata, provided: metadataProvider?.get() ?? [:])
    }
}
