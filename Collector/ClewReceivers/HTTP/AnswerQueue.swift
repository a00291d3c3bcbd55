import NIOCore

/// The answers that a connection owes, in the order of its requests, which the store need not keep.
struct AnswerQueue {
    /// What was known of a request when its head came.
    struct Terms {
        var connection: ConnectionReuse
        var isHead: Bool
        var encoding: OTLPEncoding
    }

    private struct Slot {
        var terms: Terms
        var answer: HTTPAnswer?
    }

    private var slots = CircularBuffer<Slot>(initialCapacity: 2)
    /// The number of the first slot.
    private var first = 0

    var count: Int { slots.count }
    var isEmpty: Bool { slots.isEmpty }

    /// Makes room for the answer to a request that has begun, and gives its number.
    mutating func open(_ terms: Terms) -> Int {
        slots.append(Slot(terms: terms))
        return first + slots.count - 1
    }

    /// Fills in an answer; one that was filled in or sent before stays as it is.
    ///
    /// - Parameter answer: Makes the answer in the form that the request's sender understands.
    mutating func fill(_ number: Int, _ answer: (OTLPEncoding) -> HTTPAnswer) {
        guard let index = index(number), slots[index].answer == nil else { return }
        slots[index].answer = answer(slots[index].terms.encoding)
    }

    /// Ends the connection after an answer, whatever the request asked for.
    mutating func closeAfter(_ number: Int) {
        guard let index = index(number) else { return }
        slots[index].terms.connection = .close
    }

    /// The next answer in order, if it is there.
    mutating func next() -> (terms: Terms, answer: HTTPAnswer)? {
        guard let slot = slots.first, let answer = slot.answer else { return nil }
        slots.removeFirst()
        first += 1
        return (slot.terms, answer)
    }

    private func index(_ number: Int) -> CircularBuffer<Slot>.Index? {
        guard number >= first, number < first + slots.count else { return nil }
        return slots.index(slots.startIndex, offsetBy: number - first)
    }
}
