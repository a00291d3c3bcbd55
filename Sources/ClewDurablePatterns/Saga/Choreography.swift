import Clew
import ClewModel
public import Tracing

/// Marks spans as parts of a saga that has no coordinator: each service reacts to the events of the one before.
///
/// ```swift
/// let returns = Choreography(saga: "return")
/// returns.begin(order.id, span: span)  // where the first event is written
/// returns.step("refund", of: order.id, span: span)  // in the consumer of that event
/// returns.step("restock", of: order.id, span: span, ends: .completed)  // in the last one
/// ```
///
/// *When not to use it*: where more than three or four services react to each other, or where one must know what has
/// become of the whole: ``SagaOrchestrator`` says it. It only names what happens; an outbox and an inbox make it happen
/// once.
///
/// Telemetry: `clew.saga.name` and `clew.saga.id` on each span; `clew.saga.state` `running` on the first,
/// `clew.saga.step` and `clew.saga.action` `execute` on those of steps, and how it ended as `clew.saga.state` on the
/// last.
///
/// Source: C. Richardson, "Microservices Patterns" (2018), section 4.2.1, "Choreography-based sagas".
public struct Choreography: Sendable {
    /// Of few different values, the same in all services.
    public let saga: String

    public init(saga: String) {
        self.saga = saga
    }

    /// The span starts a saga.
    public func begin(_ id: String, span: any Tracing.Span) {
        span.describe { attributes in
            attributes[SemanticConventions.sagaName] = saga
            attributes[SemanticConventions.sagaID] = id
            attributes[SemanticConventions.sagaState] = SagaState.running.rawValue
        }
    }

    /// The span is a step of a saga.
    ///
    /// - Parameters:
    ///   - name: Of few different values.
    ///   - id: That of ``begin(_:span:)``; it comes with the event.
    ///   - span: That of the consumer.
    ///   - ends: What the saga has come to, where nothing follows.
    public func step(_ name: String, of id: String, span: any Tracing.Span, ends: SagaState? = nil) {
        span.describe { attributes in
            attributes[SemanticConventions.sagaName] = saga
            attributes[SemanticConventions.sagaID] = id
            attributes[SemanticConventions.sagaStep] = name
            attributes[SemanticConventions.sagaAction] = SagaMachine.Action.execute.rawValue
            attributes[SemanticConventions.sagaState] = ends?.rawValue
        }
    }
}
