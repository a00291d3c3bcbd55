import ClewDemoShop

extension PatternMeasurement {
    /// Runs a scenario so many times without its pattern and as often with it, by turns: what else the machine does
    /// meets both.
    ///
    /// - Parameter seed: Of the first run of each; both ask for the same things.
    static func run(
        _ scenario: PatternScenario, runs: Int, seconds: Int, seed: UInt64, programs: Programs
    ) async throws -> PatternMeasurement {
        let progress = ProgressLine(whenPiped: .sparse)
        var measurement = PatternMeasurement(scenario)
        for number in 0..<runs {
            for isWithout in [true, false] {
                let run = MeasureRun(
                    programs: programs, scenario: scenario, isWithout: isWithout, seed: seed &+ UInt64(number),
                    seconds: seconds, progress: progress)
                measurement.add(try await run.run(), isWithout: isWithout)
            }
        }
        return measurement
    }
}
