package import CoreMetrics
package import Logging
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

    /// A logger of the given telemetry, else `fallback`, which the framework got from the global system.
    package func logger(_ label: String, or fallback: Logger) -> Logger {
        telemetry.map { Logger(label: label, factory: $0.logHandlerFactory) } ?? fallback
    }
}
