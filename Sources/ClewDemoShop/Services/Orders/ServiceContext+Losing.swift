import Clew
import Tracing

extension ServiceContext {
    /// The request's correlation id without its trace: what is sent from here begins a trace of its own.
    var withoutTrace: ServiceContext {
        var context = self
        let id = correlationID
        context.spanContext = nil
        context.correlationID = id
        return context
    }

    /// The request's trace without its correlation id.
    var withoutCorrelationID: ServiceContext {
        var context = self
        context.correlationID = nil
        return context
    }
}
