public import Hummingbird
import Logging
import NIOCore

/// A Hummingbird server on a free port of the loopback interface, for as long as a closure runs.
public enum TestServer {
    /// Serves routes of the basic context; see ``run(context:routes:_:)``.
    public static func run<Result: Sendable>(
        routes: (Router<BasicRequestContext>) throws -> Void,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await run(context: BasicRequestContext.self, routes: routes, body)
    }

    /// - Parameters:
    ///   - context: The request context of the routes.
    ///   - routes: Adds middleware and routes.
    ///   - body: Runs with the port that was given; when it returns, the server is stopped and its requests cancelled.
    public static func run<Context: RequestContext, Result: Sendable>(
        context: Context.Type, routes: (Router<Context>) throws -> Void,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result where Context.Source == ApplicationRequestContextSource {
        let router = Router(context: context)
        try routes(router)
        let (ports, bound) = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { bound.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test-server") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                defer { bound.finish() }
                try await application.run()
                return nil
            }
            group.addTask {
                for await port in ports { return try await body(port) }
                return nil
            }
            while let result = try await group.next() {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            throw CancellationError()
        }
    }
}
