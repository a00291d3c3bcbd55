/// How much a decoder accepts of what a sender can make large at will.
public struct WireLimits: Hashable, Sendable {
    /// How many attribute values may be nested in one another; beyond it the input is ``WireError/Code/tooDeep``.
    ///
    /// 100 is protobuf's own default for nested messages, and bounds the decoder's recursion.
    public var maximumDepth: Int
    /// Attributes, events and links of one span or log record together; one that has more is rejected alone.
    public var maximumAttributes: Int

    public init(maximumDepth: Int = 100, maximumAttributes: Int = 4096) {
        self.maximumDepth = maximumDepth
        self.maximumAttributes = maximumAttributes
    }

    public static let `default` = WireLimits()
}
