import HTTPTypes
import Hummingbird

/// Who calls the gateway, by the API key of the request.
enum GatewayClients {
    /// A caller without a key may do what everybody may.
    static let anonymous = "anonymous"

    /// Keys of a demo that anybody may start: they name the caller, and keep nothing secret.
    private static let names = ["key-web": "web", "key-app": "app", "key-partner": "partner"]
    private static let header = HTTPField.Name("X-API-Key")

    /// - Throws: 401 for a key that nobody has.
    static func client(of headers: HTTPFields) throws -> String {
        guard let header, let key = headers[header] else { return anonymous }
        guard let name = names[key] else {
            throw HTTPError(.unauthorized, message: "nobody has this X-API-Key; leave it out to shop as anybody may")
        }
        return name
    }
}
