/// What a pattern says. Groups nest at most ``PatternParser/maximumDepth`` deep, so recursion over nodes is bounded.
indirect enum PatternNode: Sendable {
    /// One character of a set.
    case scalars(ScalarSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `nil` is without end.
    case repeated(PatternNode, minimum: Int, maximum: Int?)
    /// The beginning of the text, which takes no character.
    case start
    case end
}
