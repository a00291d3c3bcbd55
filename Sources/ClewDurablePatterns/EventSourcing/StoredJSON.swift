import FoundationEssentials

/// Values of a program as they are stored: JSON, the keys in order, so that equal values are equal texts.
enum StoredJSON {
    /// - Parameter what: Names the value in the error's text.
    static func text(_ value: some Encodable, of what: @autoclosure () -> String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw DurableError(
                .malformed, "\(what()) has no form in JSON, as numbers that are not finite have none", cause: error)
        }
    }

    /// - Parameter what: Names the value in the error's text.
    static func value<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: String, of what: @autoclosure () -> String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw DurableError(
                .malformed, "\(what()) is no \(type): another version of the program stored it", cause: error)
        }
    }
}
