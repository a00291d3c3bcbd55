import ClewModel
import ClewStore
import Testing

@testable import ClewReceivers

@Suite struct HTTPDateTests {
    @Test(
        "times are written as HTTP has them",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ])
    func text(seconds: Int, text: String) {
        #expect(HTTPDate.text(seconds) == text)
    }
}

@Suite struct AnswerQueueTests {
    private let terms = AnswerQueue.Terms(connection: .keepAlive, isHead: false, encoding: .json)

    private func answer(_ stored: Int) -> (OTLPEncoding) -> HTTPAnswer {
        { HTTPAnswer(AppendResult(stored: 0, rejected: ["\(stored)": 1]), .traces, $0) }
    }

    @Test("answers leave in the order of their requests")
    func order() {
        var queue = AnswerQueue()
        let numbers = (0..<3).map { _ in queue.open(terms) }
        queue.fill(numbers[2], answer(2))
        #expect(queue.next() == nil)
        queue.fill(numbers[0], answer(0))
        #expect(queue.next()?.answer.body == answer(0)(.json).body)
        #expect(queue.next() == nil)
        queue.fill(numbers[1], answer(1))
        #expect(queue.next()?.answer.body == answer(1)(.json).body)
        #expect(queue.next()?.answer.body == answer(2)(.json).body)
        #expect(queue.isEmpty)
    }

    @Test("the first answer to a request counts, and one that was sent is not sent again")
    func once() {
        var queue = AnswerQueue()
        let number = queue.open(terms)
        queue.fill(number, answer(1))
        queue.fill(number, answer(2))
        #expect(queue.next()?.answer.body == answer(1)(.json).body)
        queue.fill(number, answer(3))
        #expect(queue.next() == nil)
    }
}
