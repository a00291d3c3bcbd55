import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct JourneyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journey",
        abstract: "Tell what became of one business request, across queues, outboxes and sagas.",
        discussion: """
            Joins the traces that span links and correlation ids connect, and shows them as one story: who did what, \
            how long it worked and waited, what was undone, and what is still pending.

              clew journey 4bf92f3577b34da6a3ce929d0e0e4736
              clew journey --attribute order.id=o-17
              clew journey --correlation 7d1c… --window 2h
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "Any trace of the journey: 32 hexadecimal digits. It is found whatever its time.")
    var id: String?

    @Option(help: "The correlation id.")
    var correlation: String?

    @Option(help: "A condition on an attribute, as for 'clew find', for example order.id=o-17.")
    var attribute: String?

    @Option(help: "Steps shown at most; the rest is counted.")
    var limit = Journey.maximumSteps

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    func run() async throws {
        let subject = try JourneyQuestion(id: id, correlation: correlation, attribute: attribute).subject()
        let source = try global.source()
        let search = JourneySearch(
            source: source, window: try window.range(isFile: source.isFile), staysInWindow: window.isGiven)
        let found = try await search.run(subject)
        guard !found.spans.isEmpty else {
            throw Failure(.nothingFound, nothing(subject, isFile: source.isFile))
        }
        let journey = Journey(found.spans, consumed: found.consumed, maximumSteps: limit, isCut: found.isCut)
        if global.json { return try Output.json(journey) }
        let panel = JourneyPanel(journey, notes: found.notes, sourceFlags: global.sourceFlags)
        StandardStreams.write(panel.render(global.renderOptions))
    }

    private func nothing(_ subject: JourneySubject, isFile: Bool) -> String {
        let place = window.place(isFile: isFile)
        return switch subject {
        case .trace(let id): "no span of trace \(id) is stored; 'clew find --roots' lists what is"
        case .correlation(let id): "no span has the correlation id '\(id)' \(place)"
        case .attribute(let condition): "no span meets '\(condition.text)' \(place)"
        }
    }
}
