/// Attribute and metric names of the OpenTelemetry semantic conventions, in one place.
///
/// Source: OpenTelemetry semantic conventions 1.37.
public enum SemanticConventions {
    /// The schema URL that telemetry of these names declares.
    public static let schemaURL = "https://opentelemetry.io/schemas/1.37.0"

    // Resource
    public static let serviceName = "service.name"
    public static let serviceNamespace = "service.namespace"
    public static let serviceVersion = "service.version"
    public static let serviceInstanceID = "service.instance.id"
    public static let deploymentEnvironmentName = "deployment.environment.name"
    public static let telemetrySDKName = "telemetry.sdk.name"
    public static let telemetrySDKLanguage = "telemetry.sdk.language"
    public static let telemetrySDKVersion = "telemetry.sdk.version"
    public static let hostName = "host.name"
    public static let hostID = "host.id"
    public static let hostArch = "host.arch"
    public static let osType = "os.type"
    public static let osName = "os.name"
    public static let osVersion = "os.version"
    public static let osDescription = "os.description"
    public static let processPID = "process.pid"
    public static let processParentPID = "process.parent_pid"
    public static let processOwner = "process.owner"
    public static let processExecutableName = "process.executable.name"
    public static let processExecutablePath = "process.executable.path"
    public static let processRuntimeName = "process.runtime.name"
    public static let processRuntimeVersion = "process.runtime.version"
    public static let containerID = "container.id"
    public static let k8sPodName = "k8s.pod.name"
    public static let k8sPodUID = "k8s.pod.uid"
    public static let k8sNamespaceName = "k8s.namespace.name"
    public static let k8sNodeName = "k8s.node.name"
    public static let k8sContainerName = "k8s.container.name"

    // HTTP
    public static let httpRequestMethod = "http.request.method"
    public static let httpRequestMethodOriginal = "http.request.method_original"
    public static let httpRequestBodySize = "http.request.body.size"
    public static let httpRequestResendCount = "http.request.resend_count"
    public static let httpResponseStatusCode = "http.response.status_code"
    public static let httpResponseBodySize = "http.response.body.size"
    public static let httpRoute = "http.route"
    /// Followed by the header's name in lower case.
    public static let httpRequestHeaderPrefix = "http.request.header."
    /// Followed by the header's name in lower case.
    public static let httpResponseHeaderPrefix = "http.response.header."
    public static let urlFull = "url.full"
    public static let urlPath = "url.path"
    public static let urlQuery = "url.query"
    public static let urlScheme = "url.scheme"
    public static let urlTemplate = "url.template"
    public static let userAgentOriginal = "user_agent.original"

    // Network
    public static let serverAddress = "server.address"
    public static let serverPort = "server.port"
    public static let clientAddress = "client.address"
    public static let clientPort = "client.port"
    public static let networkPeerAddress = "network.peer.address"
    public static let networkPeerPort = "network.peer.port"
    public static let networkProtocolVersion = "network.protocol.version"
    public static let peerService = "peer.service"

    // Database
    public static let dbSystemName = "db.system.name"
    public static let dbNamespace = "db.namespace"
    public static let dbOperationName = "db.operation.name"
    public static let dbCollectionName = "db.collection.name"
    public static let dbQueryText = "db.query.text"
    public static let dbQuerySummary = "db.query.summary"
    public static let dbOperationBatchSize = "db.operation.batch.size"
    public static let dbResponseStatusCode = "db.response.status_code"

    // RPC
    public static let rpcSystem = "rpc.system"
    public static let rpcService = "rpc.service"
    public static let rpcMethod = "rpc.method"
    public static let rpcGRPCStatusCode = "rpc.grpc.status_code"

    // Messaging
    public static let messagingSystem = "messaging.system"
    public static let messagingDestinationName = "messaging.destination.name"
    public static let messagingOperationName = "messaging.operation.name"
    public static let messagingOperationType = "messaging.operation.type"
    public static let messagingConsumerGroupName = "messaging.consumer.group.name"
    public static let messagingMessageID = "messaging.message.id"
    public static let messagingBatchMessageCount = "messaging.batch.message_count"

    // Errors and exceptions
    public static let errorType = "error.type"
    public static let exceptionEvent = "exception"
    public static let exceptionType = "exception.type"
    public static let exceptionMessage = "exception.message"
    public static let exceptionStacktrace = "exception.stacktrace"

    // Source code
    public static let codeFilePath = "code.file.path"
    public static let codeFunctionName = "code.function.name"
    public static let codeLineNumber = "code.line.number"

    // Metrics
    public static let httpServerRequestDuration = "http.server.request.duration"
    public static let httpServerActiveRequests = "http.server.active_requests"
    public static let httpServerRequestBodySize = "http.server.request.body.size"
    public static let httpServerResponseBodySize = "http.server.response.body.size"
    public static let httpClientRequestDuration = "http.client.request.duration"
    public static let httpClientActiveRequests = "http.client.active_requests"
    public static let httpClientRequestBodySize = "http.client.request.body.size"
    public static let httpClientResponseBodySize = "http.client.response.body.size"
    public static let dbClientOperationDuration = "db.client.operation.duration"
    public static let messagingClientOperationDuration = "messaging.client.operation.duration"
    public static let messagingClientSentMessages = "messaging.client.sent.messages"
    public static let messagingClientConsumedMessages = "messaging.client.consumed.messages"
    public static let messagingProcessDuration = "messaging.process.duration"
    public static let rpcServerDuration = "rpc.server.duration"
    public static let rpcServerRequestsPerRPC = "rpc.server.requests_per_rpc"
    public static let rpcServerResponsesPerRPC = "rpc.server.responses_per_rpc"
    public static let rpcClientDuration = "rpc.client.duration"
    public static let rpcClientRequestsPerRPC = "rpc.client.requests_per_rpc"
    public static let rpcClientResponsesPerRPC = "rpc.client.responses_per_rpc"

    /// The units of the metrics above that are not in seconds.
    public static let metricUnits: [String: String] = [
        httpServerActiveRequests: "{request}", httpClientActiveRequests: "{request}",
        httpServerRequestBodySize: "By", httpServerResponseBodySize: "By",
        httpClientRequestBodySize: "By", httpClientResponseBodySize: "By",
        rpcServerDuration: "ms", rpcClientDuration: "ms",
        rpcServerRequestsPerRPC: "{count}", rpcServerResponsesPerRPC: "{count}",
        rpcClientRequestsPerRPC: "{count}", rpcClientResponsesPerRPC: "{count}",
        messagingClientSentMessages: "{message}", messagingClientConsumedMessages: "{message}",
    ]

    /// Not of the conventions, but of the OpenTelemetry Collector's span metrics connector, as are its dimensions.
    public static let spanMetricsDuration = "traces.span.metrics.duration"
    public static let spanName = "span.name"
    public static let spanKind = "span.kind"
    public static let spanStatusCode = "status.code"

    // The SDK's metrics about itself
    public static let otelComponentName = "otel.component.name"
    public static let otelComponentType = "otel.component.type"
    public static let otelSpanParentOrigin = "otel.span.parent.origin"
    public static let otelSpanSamplingResult = "otel.span.sampling_result"
    public static let sdkSpanStarted = "otel.sdk.span.started"
    public static let sdkSpanLive = "otel.sdk.span.live"
    public static let sdkLogCreated = "otel.sdk.log.created"
    /// The beginning of `….queue.size`, `….queue.capacity` and `….processed`.
    public static let sdkProcessorSpan = "otel.sdk.processor.span"
    public static let sdkProcessorLog = "otel.sdk.processor.log"
    /// The beginning of `….exported` and `….inflight`.
    public static let sdkExporterSpan = "otel.sdk.exporter.span"
    public static let sdkExporterLog = "otel.sdk.exporter.log"
    public static let sdkExporterMetricDataPoint = "otel.sdk.exporter.metric_data_point"
    public static let sdkExporterOperationDuration = "otel.sdk.exporter.operation.duration"
    public static let sdkMetricReaderCollectionDuration = "otel.sdk.metric_reader.collection.duration"

    /// Bucket boundaries, in seconds, that the HTTP conventions advise for request durations.
    public static let httpDurationBuckets: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]

    /// Bucket boundaries, in seconds, that the database conventions advise for operation durations.
    public static let dbDurationBuckets: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

    /// Bucket boundaries, in bytes, for the sizes of bodies, for which the conventions advise none: those of OpenCensus,
    /// from 1 KiB to 4 GiB.
    public static let byteSizeBuckets: [Double] = [
        0, 0x1p10, 0x1p11, 0x1p12, 0x1p14, 0x1p16, 0x1p18, 0x1p20, 0x1p22, 0x1p24, 0x1p26, 0x1p28, 0x1p30, 0x1p32,
    ]

    /// Marks the metric point that stands for all attribute sets beyond the cardinality limit.
    public static let metricOverflow = "otel.metric.overflow"

    // Process
    public static let processCPUTime = "process.cpu.time"
    public static let processMemoryUsage = "process.memory.usage"
    public static let processMemoryVirtual = "process.memory.virtual"
    public static let processOpenFileDescriptorCount = "process.open_file_descriptor.count"
    public static let processThreadCount = "process.thread.count"
    public static let processUptime = "process.uptime"
    public static let cpuMode = "cpu.mode"

    // Not conventions of OpenTelemetry: how long work waits in a Swift process, and the library's count of instruments
    // that were asked for beyond their number.
    public static let eventLoopDelay = "swift.event_loop.delay"
    public static let eventLoopIndex = "swift.event_loop.index"
    public static let taskDelay = "swift.task.delay"
    public static let refusedInstruments = "clew.metrics.refused_instruments"
    /// Not a convention of OpenTelemetry: what a statement of swift-log names as its source, where that is not the module.
    public static let logSource = "log.source"

    // Feature flags
    /// An event, with the names below.
    public static let featureFlagEvaluationEvent = "feature_flag.evaluation"
    public static let featureFlagKey = "feature_flag.key"
    public static let featureFlagVariant = "feature_flag.result.variant"
    public static let featureFlagReason = "feature_flag.result.reason"
    /// Whom a flag was evaluated for.
    public static let featureFlagContextID = "feature_flag.context.id"
    public static let featureFlagProviderName = "feature_flag.provider.name"

    // Patterns; not conventions of OpenTelemetry.
    /// The name that a program gave a breaker, a bulkhead or another pattern: what it guards.
    public static let patternName = "clew.pattern.name"
    /// Calls that a pattern did not let through, by ``patternName`` and ``patternReason``.
    public static let patternRefusals = "clew.pattern.refusals"
    /// Why, as the code of the error has it.
    public static let patternReason = "clew.pattern.reason"
    /// A gauge: 0 closed, 1 half-open, 2 open.
    public static let circuitBreakerState = "clew.circuit_breaker.state"
    /// An event, with the states before and after.
    public static let circuitBreakerChangeEvent = "clew.circuit_breaker.change"
    public static let circuitBreakerFrom = "clew.circuit_breaker.from"
    public static let circuitBreakerTo = "clew.circuit_breaker.to"
    /// Attempts after the first, by ``patternName``; and the event of each.
    public static let retries = "clew.retry.attempts"
    public static let retryEvent = "clew.retry"
    /// Which attempt follows: 1 for the first repetition.
    public static let retryAttempt = "clew.retry.attempt"
    /// Seconds until it.
    public static let retryDelay = "clew.retry.delay"
    /// Seconds that a request had left when the call began.
    public static let deadlineRemaining = "clew.deadline.remaining"
    /// Seconds that a call waited for its permit.
    public static let bulkheadWait = "clew.bulkhead.wait"
    /// Calls that hold a permit.
    public static let bulkheadActive = "clew.bulkhead.active"
    /// A gauge: endpoints of a balancer that are in use, as they are not ejected.
    public static let balancerHealthy = "clew.balancer.healthy"
    public static let requestPriority = "clew.request.priority"
    /// The event of an answer that stands in for the one that was asked for.
    public static let fallbackEvent = "clew.fallback"
    /// Whether an answer is less than what was asked for.
    public static let degraded = "clew.degraded"

    // Durable patterns; not conventions of OpenTelemetry.
    /// What kind of event or command a message holds, for example `OrderPlaced`.
    public static let messageType = "clew.message.type"
    /// The version of the message's form, from 1.
    public static let messageSchemaVersion = "clew.message.schema_version"
    /// Which delivery of a message this is, from 1.
    public static let messageDelivery = "clew.message.delivery"
    /// Seconds from the commit of an outbox row to its publication; only a relay's span has it.
    public static let outboxLag = "clew.outbox.lag"
    /// A gauge: rows of an outbox that are not yet published.
    public static let outboxPending = "clew.outbox.pending"
    /// `processed` or `duplicate`.
    public static let inboxOutcome = "clew.inbox.outcome"
    /// Messages that an inbox dropped because it knew them.
    public static let inboxDuplicates = "clew.inbox.duplicates"
    public static let idempotencyKey = "clew.idempotency.key"
    /// `executed`, `replayed`, `conflict` or `in_progress`.
    public static let idempotencyOutcome = "clew.idempotency.outcome"
    public static let sagaName = "clew.saga.name"
    public static let sagaID = "clew.saga.id"
    public static let sagaStep = "clew.saga.step"
    /// `execute` or `compensate`.
    public static let sagaAction = "clew.saga.action"
    /// Which attempt of a step, from 1.
    public static let sagaAttempt = "clew.saga.attempt"
    /// `running`, `completed`, `compensated` or `parked`.
    public static let sagaState = "clew.saga.state"
    /// How many events a replay applied, and the version of the snapshot that it began with.
    public static let eventStoreEvents = "clew.event_store.events"
    public static let eventStoreSnapshotVersion = "clew.event_store.snapshot_version"
    public static let projectionName = "clew.projection.name"
    /// The number of the last event that a read model holds.
    public static let projectionPosition = "clew.projection.position"
    /// A gauge: seconds from an event to its being in the read model.
    public static let projectionLag = "clew.projection.lag"
    /// A gauge by ``patternName``: 1 for the holder of a lease.
    public static let leaderHeld = "clew.leader.held"
    /// The number of a lease's term, its fencing token.
    public static let leaderTerm = "clew.leader.term"
    /// What business requests are about.
    public static let orderID = "order.id"
    public static let orderState = "order.state"

    /// Not a convention of OpenTelemetry: the id that joins all traces and logs of one business request.
    public static let correlationID = "correlation.id"
}
