import ClewDurablePatterns
import Foundation
import GRDB
import HTTPTypes
import Hummingbird

/// Runs what a key was given for once, and answers the same to each request with that key.
struct IdempotentWork: Sendable {
    let keys = IdempotencyKeys()

    /// The key of a request.
    ///
    /// - Throws: 400 where it has none.
    static func key(of request: Request) throws -> String {
        guard let key = request.idempotencyKey else {
            throw HTTPError(.badRequest, message: "this needs an Idempotency-Key, new for each new wish")
        }
        return key
    }

    /// - Returns: The body of the answer, an `Answer` as JSON.
    /// - Throws: What the answer refuses; 400 for a key that is none, 422 for one that was given for something else,
    ///   409 for one whose work is under way.
    func run<Answer: Decodable>(
        _ key: String,
        scope: String,
        fingerprint: String,
        in database: ShopDatabase,
        as answer: Answer.Type = Answer.self,
        _ body: @escaping @Sendable (Database) throws -> IdempotencyKeys.Answer
    ) async throws -> Answer {
        do {
            let outcome = try await keys.run(
                key, scope: scope, fingerprint: fingerprint, in: database.writer, span: RequestSpan.current, body)
            switch outcome {
            case .executed(let answer), .replayed(let answer): return try Self.decoded(answer)
            }
        } catch let error as DurableError {
            throw (HTTPError(error) as (any Error)?) ?? error
        }
    }

    /// - Throws: What the answer refuses.
    static func decoded<Answer: Decodable>(_ answer: IdempotencyKeys.Answer) throws -> Answer {
        guard answer.status < 400 else {
            let phrase = answer.status == 402 ? "Payment Required" : "Conflict"
            throw HTTPError(.init(code: answer.status, reasonPhrase: phrase), message: answer.body)
        }
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body.utf8))
    }
}
