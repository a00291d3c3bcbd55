// `FakeCollector` and the questions to ask of received telemetry live apart, so that a kit for other backends can use
// them without linking `Clew`; users of this module need not know.
@_exported public import ClewFakeCollector
