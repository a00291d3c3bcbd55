import ClewModel
public import Logging

/// The library's backend for swift-log.
public struct ClewLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let pipeline: LogPipeline

    init(
        label: String, logLevel: Logger.Level, metadataProvider: Logger.MetadataProvider?, pipeline: LogPipeline
    ) {
        self.label = label
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
        self.pipeline = pipeline
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Of equal keys the log statement's wins over the provider's, and that over the logger's (swift-log, "Implementing
    /// a log handler"). An error becomes `exception.type` and `exception.message`.
    public func log(event: LogEvent) {
        var effective = metadata
        if let provided = metadataProvider?.get() { effective.merge(provided) { $1 } }
        if let explicit = event.metadata { effective.merge(explicit) { $1 } }
        if let error = event.error {
            effective[SemanticConventions.exceptionType] = .string(ErrorType.name(of: error))
            effective[SemanticConventions.exceptionMessage] = .string(String(describing: error))
        }
        pipeline.log(event.level, event.message.description, label: label, metadata: effective)
    }
}
