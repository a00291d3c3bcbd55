/// The buckets of many clients, of which there are never more than a bound.
///
/// Where a new one has no room, a full bucket goes, as a new one is full too: nothing is lost with it. Where none is full, the
/// one that was used longest ago goes. By use alone, someone who makes up keys could have a busy client's empty bucket
/// forgotten with each flood; keys that are used once fill up first, and push out each other.
///
/// Constant time: buckets are listed by when they will be full, in steps of a 64th of the time that an empty one takes, and
/// whole lists pass to the full ones. One that became full within the last step may count as not full yet.
struct TokenBuckets: Sendable {
    private struct Entry {
        var key: String
        var bucket: TokenBucket
    }

    private static var steps: UInt64 { 64 }
    /// Of now, of the next 64 steps, and of the one that they may reach into.
    private static var fillingLists: Int { Int(steps) + 2 }
    private static var fullList: Int { fillingLists }

    private let rate: TokenRate
    private let maximum: Int
    private let step: UInt64
    private var numbers: [String: Int] = [:]
    private var entries: [Entry] = []
    private var byUse = LinkedLists(lists: 1)
    private var byFullTime = LinkedLists(lists: fillingLists + 1)
    /// The step that lies before all that are listed by time.
    private var present: UInt64 = 0

    /// - Parameter maximum: At least 1.
    init(_ rate: TokenRate, maximum: Int) {
        self.rate = rate
        self.maximum = max(1, maximum)
        step = rate.time(of: rate.full) / Self.steps + 1
    }

    /// The keys that are not forgotten.
    var keys: some Collection<String> { numbers.keys }

    /// As ``TokenBucket/take(_:at:)``.
    mutating func take(_ key: String, at now: UInt64) -> UInt64? {
        pass(to: now / step)
        let number = numbers[key] ?? add(key, at: now)
        let wait = entries[number].bucket.take(rate, at: now)
        byUse.move(number, toEndOf: 0)
        // Not before the present, also where calls of several threads come a little out of order.
        let fullStep = max(present, entries[number].bucket.fullTime(rate) / step)
        byFullTime.move(number, toEndOf: list(of: fullStep))
        return wait
    }

    private mutating func add(_ key: String, at now: UInt64) -> Int {
        let entry = Entry(key: key, bucket: TokenBucket(rate, at: now))
        let isFull = entries.count >= maximum
        let number = isFull ? byFullTime.first(of: Self.fullList) ?? byUse.first(of: 0) ?? 0 : entries.count
        if isFull {
            numbers[entries[number].key] = nil
            entries[number] = entry
        } else {
            entries.append(entry)
        }
        numbers[key] = number
        return number
    }

    /// What was to be full in a step that is over, is full.
    private mutating func pass(to next: UInt64) {
        guard next > present else { return }
        for past in 0..<min(next - present, UInt64(Self.fillingLists)) {
            byFullTime.moveAll(of: list(of: present + past), toEndOf: Self.fullList)
        }
        present = next
    }

    private func list(of step: UInt64) -> Int { Int(step % UInt64(Self.fillingLists)) }
}

/// Lists of small numbers, each of which is on one list at most; every change takes constant time.
///
/// Circular doubly linked lists in one array, whose first elements are the lists themselves.
struct LinkedLists: Sendable {
    private struct Link {
        var previous: Int
        var next: Int
    }

    private let lists: Int
    private var links: [Link]

    init(lists: Int) {
        self.lists = lists
        links = (0..<lists).map { Link(previous: $0, next: $0) }
    }

    /// The number that is longest on a list.
    func first(of list: Int) -> Int? {
        let link = links[list].next
        return link == list ? nil : link - lists
    }

    /// Puts a number at the end of a list, and takes it from where it was. A new number is one more than the last new one.
    mutating func move(_ number: Int, toEndOf list: Int) {
        let link = number + lists
        if link == links.count { links.append(Link(previous: link, next: link)) }
        connect(links[link].previous, links[link].next)
        connect(links[list].previous, link)
        connect(link, list)
    }

    /// Puts all numbers of one list at the end of another.
    mutating func moveAll(of source: Int, toEndOf target: Int) {
        let (first, last) = (links[source].next, links[source].previous)
        guard first != source, source != target else { return }
        connect(links[target].previous, first)
        connect(last, target)
        connect(source, source)
    }

    private mutating func connect(_ left: Int, _ right: Int) {
        links[left].next = right
        links[right].previous = left
    }
}
