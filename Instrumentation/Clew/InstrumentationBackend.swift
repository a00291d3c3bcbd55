package import CoreMetrics
package import Logging
import Synchronization
package import Tracing

/// Where a wrapper around a framework sends what it observes: one ``Telemetry``, or the process's global systems.
package struct InstrumentationBackend: Sendable {
    private let telemetry: Telemetry?

    package init(_ telemetry: Telemetry?) {
        self.telemetry = telemetry
    }

    // Asked at each use: wrappers are often made before `bootstrap()`.
    package var tracer: any Tracer { telemetry?.tracer ?? InstrumentationSystem.tracer }

    package var metrics: any MetricsFactory { telemetry?.metricsFactory ?? MetricsSystem.factory }

    /// A logger of the given telemetry; `nil` where the framework's own, of the global system, is to be used.
    package func logger(_ label: String) -> Logger? {
        telemetry.map { Logger(label: label, factory: $0.logHandlerFactory) }
    }
}

extension ServiceContext {
    /// The context in which a server reads what a request carries.
    ///
    /// A server may be started inside a span, and its requests are no part of that; values of other libraries stay.
    package static var ofNewRequest: ServiceContext {
        var context = ServiceContext.current ?? .topLevel
        context.spanContext = nil
        context.baggage = Baggage()
        context.correlationID = nil
        return context
    }
}

/// The metric handles of a wrapper, one set for each combination of attribute values.
///
/// A handle is found by one hash of a small key, where asking the factory costs an array of strings and its order.
package final class MetricHandles<Key: Hashable & Sendable, Handles: Sendable>: Sendable {
    /// Further combinations are made at each use: the backend counts them as its overflow.
    private static var capacity: Int { 2048 }

    private let backend: InstrumentationBackend
    private let make: @Sendable (Key, any MetricsFactory) -> Handles
    private let known = Mutex<[Key: Handles]>([:])

    package init(_ backend: InstrumentationBackend, make: @escaping @Sendable (Key, any MetricsFactory) -> Handles) {
        self.backend = backend
        self.make = make
    }

    package subscript(key: Key) -> Handles {
        if let handles = known.withLock({ $0[key] }) { return handles }
        let factory = backend.metrics
        let handles = make(key, factory)
        // What is measured before `bootstrap()` goes nowhere; what comes after must not.
        if factory is NOOPMetricsHandler { return handles }
        return known.withLock { known in
            if let first = known[key] { return first }
            if known.count < Self.capacity { known[key] = handles }
            return handles
        }
    }
}

/// What is measured of each HTTP exchange, on either side.
package struct HTTPHandles: Sendable {
    package let duration: Timer
    /// `nil` where bodies are not measured.
    package let requestBody: Recorder?
    package let responseBody: Recorder?

    /// - Parameter bodies: The names of the metrics of both bodies' sizes.
    package init(
        duration: String, bodies: (request: String, response: String)?, dimensions: [(String, String)],
        factory: any MetricsFactory
    ) {
        func recorder(_ label: String) -> Recorder {
            Recorder(label: label, dimensions: dimensions, aggregate: true, factory: factory)
        }
        self.duration = Timer(label: duration, dimensions: dimensions, factory: factory)
        requestBody = bodies.map { recorder($0.request) }
        responseBody = bodies.map { recorder($0.response) }
    }
}
