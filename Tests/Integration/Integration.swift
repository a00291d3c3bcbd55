import Testing

/// Tests of real processes on real ports. One at a time: they share two cores, and a demo among crashing collectors would
/// have to name the tests as the slow hop.
@Suite(.serialized)
enum Integration {}
