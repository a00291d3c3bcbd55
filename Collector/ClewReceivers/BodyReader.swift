import ClewPipeline
import ClewWire
import HTTPTypes
import Hummingbird
import NIOCore

/// Collects a request's body within the limits of size, of memory and of time.
struct BodyReader {
    static let overloaded = IngestFailure.overloaded("too many bytes are being received and stored; send again later")

    let limits: IngestLimits
    let context: ReceiverContext

    /// Reads the whole body; past a limit nothing more of it is kept.
    func read(_ request: Request, _ reservation: inout Reservation) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limits.maximumBodyBytes {
            throw tooLarge
        }
        let deadline = context.scheduleClose(after: limits.readTimeout)
        defer { deadline.cancel() }
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limits.maximumBodyBytes else { throw tooLarge }
                guard reservation.grow(by: part.readableBytes) else { throw Self.overloaded }
                body.append(contentsOf: part.readableBytesView)
            }
        } catch let failure as IngestFailure {
            throw failure
        } catch {
            throw IngestFailure(
                status: .badRequest, code: .invalidArgument, message: "the body ended early", reason: .incomplete)
        }
        return body
    }

    private var tooLarge: IngestFailure {
        .tooLarge("the body is larger than \(limits.maximumBodyBytes) bytes; send smaller batches")
    }
}
