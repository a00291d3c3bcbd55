import ClewModel
import FoundationEssentials
import NIOPosix
import NIOSSL
import Synchronization

/// The certificates with which one signal is sent, read from their files at the first request, and again after a request
/// found nobody: files that appear late or are renewed are found.
final class ExportTLS: Sendable {
    /// A file that cannot be used. What it was to secure is not sent.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let settings: OTLPSettings
    private let loaded = Mutex<TLSConfiguration?>(nil)

    /// `nil` where the settings name no file, and where nothing is encrypted.
    init?(_ settings: OTLPSettings) {
        guard settings.namesFiles else { return nil }
        self.settings = settings
    }

    func configuration() async throws -> TLSConfiguration {
        if let known = loaded.withLock({ $0 }) { return known }
        let settings = settings
        let read = try await NIOThreadPool.singleton.runIfActive { try Self.read(settings) }
        loaded.withLock { $0 = read }
        return read
    }

    /// Reads the files again before the next request.
    func forget() { loaded.withLock { $0 = nil } }

    /// What is wrong with the files now, as a sentence; `nil` where nothing is.
    static func problem(_ signal: Signal, _ settings: OTLPSettings) -> String? {
        guard settings.namesFiles else { return nil }
        do {
            _ = try read(settings)
            return nil
        } catch {
            return "\(error); no \(signal.rawValue) are sent to \(settings.shownURL) until it can be used"
        }
    }

    private static func read(_ settings: OTLPSettings) throws(Failure) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let path = settings.certificate {
            configuration.trustRoots = .certificates(
                try usable("certificate", path) { try NIOSSLCertificate.fromPEMFile(path) })
        }
        switch (settings.clientCertificate, settings.clientKey) {
        case (nil, nil): break
        case (let certificate?, let key?):
            configuration.certificateChain = try usable("client certificate", certificate) {
                try NIOSSLCertificate.fromPEMFile(certificate)
            }.map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try usable("client key", key) { try NIOSSLPrivateKey(file: key, format: .pem) })
        case (let certificate?, nil):
            throw Failure(description: "the client certificate \(certificate) has no client key beside it")
        case (nil, let key?):
            throw Failure(description: "the client key \(key) has no client certificate beside it")
        }
        // Finds a key that is not the certificate's.
        let checked = configuration
        _ = try usable("client key", settings.clientKey ?? settings.certificate ?? "") {
            try NIOSSLContext(configuration: checked)
        }
        return configuration
    }

    private static func usable<Value>(
        _ role: String, _ path: String, _ read: () throws -> Value
    ) throws(Failure) -> Value {
        do {
            return try read()
        } catch {
            throw Failure(description: "the \(role) \(path) cannot be used: \(error)")
        }
    }
}

extension OTLPSettings {
    fileprivate var namesFiles: Bool {
        let files = [certificate, clientKey, clientCertificate]
        return files.contains { $0 != nil } && URL(string: url)?.scheme?.lowercased() == "https"
    }

    /// The URL as it may stand in a log: without a password, and without a query that holds a key.
    var shownURL: String {
        guard let url = URL(string: url), let host = url.host() else { return "the endpoint" }
        return "\(url.scheme ?? "")://\(host)\(url.port.map { ":\($0)" } ?? "")\(url.path())"
    }

    /// Where the URL leads, if it is one.
    var address: HostAndPort? {
        guard let url = URL(string: url), let host = url.host() else { return nil }
        return HostAndPort(host: host, port: url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80))
    }
}
