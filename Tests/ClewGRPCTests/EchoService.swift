import Clew
import GRPCCore
import Tracing

/// A service of all four shapes, with text as its messages and no generated code.
struct EchoService: RegistrableRPCService {
    static let name = "shop.v1.Echo"
    static func method(_ name: String) -> MethodDescriptor {
        MethodDescriptor(fullyQualifiedService: Self.name, method: name)
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        register("Unary", &router) { request, _ in
            let message = try await ServerRequest(stream: request).message
            if message == "refuse" { throw RPCError(code: .notFound, message: "no such order") }
            if message == "break" { throw Broken() }
            return StreamingServerResponse(
                single: ServerResponse(message: "\(message) of \(ServiceContext.current?.correlationID ?? "nobody")"))
        }
        register("Collect", &router) { request, _ in
            var parts: [String] = []
            for try await message in request.messages { parts.append(message) }
            return StreamingServerResponse(single: ServerResponse(message: parts.joined(separator: "+")))
        }
        register("Expand", &router) { request, _ in
            let message = try await ServerRequest(stream: request).message
            return StreamingServerResponse { writer in
                startSpan("while writing").end()
                try await writer.write("\(message)1")
                if message == "break" { throw RPCError(code: .dataLoss, message: "lost") }
                try await writer.write(contentsOf: ["\(message)2", "\(message)3"])
                return ["trailer": "there"]
            }
        }
        register("Both", &router) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(message) }
                return [:]
            }
        }
        register("Wait", &router) { _, context in
            let (cancelled, cancel) = AsyncStream<Never>.makeStream()
            return StreamingServerResponse { writer in
                try await writer.write("waiting")
                await withRPCCancellationHandler {
                    for await _ in cancelled {}
                } onCancelRPC: {
                    cancel.finish()
                }
                throw CancellationError()
            }
        }
    }

    private func register<Transport: ServerTransport>(
        _ name: String, _ router: inout RPCRouter<Transport>,
        _ handler:
            @escaping @Sendable (StreamingServerRequest<String>, ServerContext) async throws ->
            StreamingServerResponse<String>
    ) {
        router.registerHandler(
            forMethod: Self.method(name), deserializer: Text(), serializer: Text(), handler: handler)
    }
}

struct Broken: Error {}

/// Messages that are text in UTF-8.
struct Text: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: String) throws -> Bytes { Bytes(message.utf8) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> String {
        var text: [UInt8] = []
        unsafe bytes.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}
