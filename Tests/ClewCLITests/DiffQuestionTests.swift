import ClewAnalysis
import ClewModel
import Testing

@testable import clew_cli

@Suite("What clew diff compares")
struct DiffQuestionTests {
    private static let ids = ["4bf92f3577b34da6a3ce929d0e0e4736", "a374bd2a8da6a6acc9b5d9c2578d0421"]
    private static let files = ["before.json", "after.json"]

    private func subject(_ question: DiffQuestion) throws(Failure) -> DiffSubject {
        try question.subject { Self.files.contains($0) }
    }

    @Test("two ids are traces, two names of files are files, with an attribute any texts are values")
    func subjects() throws {
        let traces = try subject(DiffQuestion(sides: Self.ids))
        let before = try #require(TraceID(hex: Self.ids[0]))
        let now = try #require(TraceID(hex: Self.ids[1]))
        #expect(traces == .traces(before: before, now: now))
        let files = try subject(DiffQuestion(sides: Self.files, route: "GET /"))
        #expect(files == .files(before: "before.json", now: "after.json"))
        let values = try subject(DiffQuestion(sides: Self.files, by: "service.version"))
        #expect(values == .values(of: "service.version", before: "before.json", now: "after.json"))
        let times = try subject(DiffQuestion(sides: [], route: "GET /", baseline: "1h"))
        #expect(times == .times(baseline: "1h"))
    }

    static let mistakes: [(question: DiffQuestion, words: String)] = [
        (DiffQuestion(sides: []), "--by service.version"),
        (DiffQuestion(sides: ["before.json"]), "compare two traces"),
        (DiffQuestion(sides: files, by: "k", baseline: "1h"), "compare two traces"),
        (DiffQuestion(sides: ["1.0.0", "1.1.0"]), "'1.0.0' is neither a trace id"),
        (DiffQuestion(sides: [ids[0], "after.json"]), "like with like"),
        (DiffQuestion(sides: [ids[0], "lost.json"]), "'lost.json' is neither"),
        (DiffQuestion(sides: ids, route: "GET /"), "leave out --route"),
        (DiffQuestion(sides: files, namesSource: true), "leave out --file"),
        (DiffQuestion(sides: ["1", "1"], by: "service.version"), "name two values"),
        (DiffQuestion(sides: ["1", "2"], by: ""), "--by names an attribute"),
    ]

    @Test("what cannot be compared is refused with what can", arguments: mistakes.indices)
    func refusals(index: Int) {
        let (question, words) = Self.mistakes[index]
        do throws(Failure) {
            let subject = try subject(question)
            Issue.record("\(subject)")
        } catch {
            #expect(error.code == .usage)
            #expect(error.message.contains(words), "\(error.message)")
        }
    }
}
