import ClewHTTPClient
import Foundation

/// What a service is given: its faults, its callees, and a place for its file.
struct ServiceEnvironment: Sendable {
    var name: ServiceName
    var faults: FaultBoard
    var client: TracedHTTPClient
    /// The callees' addresses as the service sees them: those of the relays in between.
    var upstreams: [ServiceName: String]
    var dataDirectory: URL

    /// Opens the service's SQLite file, made and filled by `schema` when it is new.
    func openDatabase(schema: String) throws -> ShopDatabase {
        try FileManager.default.createDirectory(at: dataDirectory, withIntermediateDirectories: true)
        let file = dataDirectory.appendingPathComponent("\(name).sqlite")
        return try ShopDatabase(file: file.path, schema: schema)
    }

    func upstream(_ callee: ServiceName) throws(ShopError) -> Upstream {
        guard let url = upstreams[callee] else {
            throw ShopError(.missingUpstream, "\(name) calls \(callee) and has no address of it")
        }
        return Upstream(callee: callee, url: url, client: client)
    }
}
