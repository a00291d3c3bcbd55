import ClewReceivers
import Logging

/// All settings, read and checked.
struct DaemonConfiguration: Sendable {
    var data: String
    var retention: Retention
    var maximumDisk: DiskLimit
    var otlpHTTP: ListenAddress
    var otlpUDP: ListenAddress
    var api: ListenAddress
    var ingest = IngestLimits()
    var maximumConnections: Int
    var maximumResults: Int
    var maximumAnalysedSpans: Int
    var idleTimeout: Duration
    var datagramSources: Int
    var shutdownTimeout: Duration
    var logLevel: Logger.Level
    var logFormat: LineLogHandler.Format
    var printsAddresses: Bool

    init(_ reader: SettingsReader) throws {
        data = try reader.value(Settings.data)
        retention = try reader.value(Settings.retention)
        maximumDisk = try reader.value(Settings.maxDisk)
        otlpHTTP = try reader.value(Settings.otlpHTTP)
        otlpUDP = try reader.value(Settings.otlpUDP)
        api = try reader.value(Settings.api)
        ingest.maximumBodyBytes = try reader.value(Settings.maxBody)
        ingest.maximumDecompressedBytes = try reader.value(Settings.maxDecompressed)
        ingest.maximumInFlightBytes = try reader.value(Settings.maxInFlight)
        ingest.readTimeout = try reader.value(Settings.readTimeout)
        ingest.datagramBufferBytes = try reader.value(Settings.udpBuffer)
        ingest.datagramQueueBytes = try reader.value(Settings.udpQueue)
        maximumConnections = try reader.value(Settings.maxConnections)
        ingest.maximumConnections = maximumConnections
        maximumResults = try reader.value(Settings.maxResults)
        maximumAnalysedSpans = try reader.value(Settings.maxAnalysedSpans)
        idleTimeout = try reader.value(Settings.idleTimeout)
        ingest.idleTimeout = idleTimeout
        datagramSources = try reader.value(Settings.udpSources)
        shutdownTimeout = try reader.value(Settings.shutdownTimeout)
        logLevel = try reader.value(Settings.logLevel)
        logFormat = try reader.value(Settings.logFormat)
        printsAddresses = try reader.value(Settings.printAddresses)
    }
}
