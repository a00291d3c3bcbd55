/// The state machine of a ``Balancer``: its endpoints, the calls in flight of each, and which are ejected. It has no clock,
/// no lock, no randomness and no telemetry; moments are nanoseconds of a monotonic clock.
///
/// Nothing happens when an ejection is over: the next event finds that it is.
struct BalancerState<Endpoint: Hashable & Sendable>: Sendable {
    enum Outcome: CaseIterable, Hashable, Sendable {
        case succeeded
        case failed
        /// The call ended without saying anything about the endpoint.
        case released
    }

    /// A call that runs.
    struct Ticket: Hashable, Sendable {
        let endpoint: Endpoint
        /// An endpoint that was gone in between is another.
        fileprivate let host: UInt64
        /// What began before an ejection says nothing of the time after it.
        fileprivate let epoch: UInt64
    }

    private struct Host: Sendable {
        let endpoint: Endpoint
        let id: UInt64
        var inFlight = 0
        /// In a row, since the last success or ejection.
        var failures = 0
        /// In a row, since the last success.
        var ejections: UInt64 = 0
        /// All ejections that there were.
        var epoch: UInt64 = 0
        var ejectedUntil: UInt64?
    }

    private let limits: BalancerSettings.Limits
    private var hosts: [Host] = []
    private var places: [Endpoint: Int] = [:]
    /// The places of those that may be called: the healthy ones, or all of them.
    private var usable: [Int] = []
    /// How many are not ejected.
    private(set) var healthy = 0
    /// When the next ejection is over.
    private var nextReturn = UInt64.max
    private var nextID: UInt64 = 0

    init(_ settings: BalancerSettings) {
        limits = settings.limits
    }

    var endpoints: [Endpoint] { hosts.map(\.endpoint) }

    var ejected: Set<Endpoint> { Set(hosts.filter { $0.ejectedUntil != nil }.map(\.endpoint)) }

    /// How many calls of an endpoint run; those that began before it was gone do not count.
    func inFlight(_ endpoint: Endpoint) -> Int { places[endpoint].map { hosts[$0].inFlight } ?? 0 }

    // MARK: - Events

    /// Replaces the endpoints; what is known of those that stay is kept.
    mutating func update(_ endpoints: some Sequence<Endpoint>, at now: UInt64) {
        restore(now)
        let (known, knownPlaces) = (hosts, places)
        (hosts, places) = ([], [:])
        for endpoint in endpoints where places[endpoint] == nil {
            guard hosts.count < limits.endpoints else { break }
            places[endpoint] = hosts.count
            hosts.append(knownPlaces[endpoint].map { known[$0] } ?? makeHost(endpoint))
        }
        restoreSurplus()
        refresh()
    }

    /// Begins a call that must be reported.
    ///
    /// - Parameters:
    ///   - excluded: Not to be called where there is another that may be.
    ///   - first: Which endpoint is looked at: equally likely anywhere in 0..<1; what lies outside counts as the nearer
    ///     end, and NaN as 0.
    ///   - second: The same, for the one that it is compared with.
    /// - Returns: `nil` where there is no endpoint.
    mutating func acquire(excluding excluded: Set<Endpoint>, _ first: Double, _ second: Double, at now: UInt64)
        -> Ticket?
    {
        restore(now)
        guard !hosts.isEmpty else { return nil }
        let place = choose(among: candidates(excluding: excluded), first, second)
        hosts[place].inFlight += 1
        return Ticket(endpoint: hosts[place].endpoint, host: hosts[place].id, epoch: hosts[place].epoch)
    }

    /// Ends a call. Only its place in flight is given back where the endpoint was ejected since it began, and nothing is
    /// done where the endpoint was gone since.
    mutating func report(_ outcome: Outcome, of ticket: Ticket, at now: UInt64) {
        restore(now)
        guard let place = places[ticket.endpoint], hosts[place].id == ticket.host else { return }
        hosts[place].inFlight -= 1
        guard hosts[place].epoch == ticket.epoch else { return }
        switch outcome {
        case .succeeded: clear(place)
        case .failed: fail(place, now)
        case .released: break
        }
    }

    // MARK: - Choice

    private func candidates(excluding excluded: Set<Endpoint>) -> [Int] {
        guard !excluded.isEmpty else { return usable }
        let others = usable.filter { !excluded.contains(hosts[$0].endpoint) }
        return others.isEmpty ? usable : others
    }

    /// The less loaded of two different ones. Of equal ones the first, which is as random as the second.
    private func choose(among candidates: [Int], _ first: Double, _ second: Double) -> Int {
        let index = Self.index(first, candidates.count)
        guard candidates.count > 1 else { return candidates[index] }
        let other = Self.index(second, candidates.count - 1)
        let (one, two) = (candidates[index], candidates[other < index ? other : other + 1])
        return hosts[two].inFlight < hosts[one].inFlight ? two : one
    }

    private static func index(_ random: Double, _ count: Int) -> Int {
        random > 0 ? min(count - 1, Int(min(random, 1) * Double(count))) : 0
    }

    // MARK: - Health

    private mutating func makeHost(_ endpoint: Endpoint) -> Host {
        nextID &+= 1
        return Host(endpoint: endpoint, id: nextID)
    }

    private mutating func clear(_ place: Int) {
        hosts[place].failures = 0
        hosts[place].ejections = 0
        // Called although it is ejected, and it works.
        guard hosts[place].ejectedUntil != nil else { return }
        hosts[place].ejectedUntil = nil
        refresh()
    }

    private mutating func fail(_ place: Int, _ now: UInt64) {
        guard hosts[place].ejectedUntil == nil else { return }
        hosts[place].failures = min(hosts[place].failures + 1, limits.consecutiveFailures)
        guard hosts[place].failures >= limits.consecutiveFailures,
            hosts.count - healthy < limits.ejectable(of: hosts.count)
        else { return }
        hosts[place].failures = 0
        hosts[place].ejections += 1
        hosts[place].epoch &+= 1
        let time = limits.time(ofEjection: hosts[place].ejections)
        hosts[place].ejectedUntil = now &+ min(time, .max - now)
        refresh()
    }

    /// Ends the ejections whose time is over.
    private mutating func restore(_ now: UInt64) {
        guard now >= nextReturn else { return }
        for place in hosts.indices {
            if let end = hosts[place].ejectedUntil, end <= now { hosts[place].ejectedUntil = nil }
        }
        refresh()
    }

    /// Of fewer endpoints fewer may be ejected: the ones that are nearest to their end come back.
    private mutating func restoreSurplus() {
        let ends = hosts.indices.compactMap { place in hosts[place].ejectedUntil.map { (end: $0, place: place) } }
        let surplus = ends.count - limits.ejectable(of: hosts.count)
        guard surplus > 0 else { return }
        for (_, place) in ends.sorted(by: { ($0.end, $0.place) < ($1.end, $1.place) }).prefix(surplus) {
            hosts[place].ejectedUntil = nil
        }
    }

    /// Ejections are rare and choices are not, so what a choice needs is made here.
    private mutating func refresh() {
        let well = hosts.indices.filter { hosts[$0].ejectedUntil == nil }
        healthy = well.count
        let isPanic = well.isEmpty || Double(healthy) < limits.panicShare * Double(hosts.count) - 1e-9
        usable = isPanic ? Array(hosts.indices) : well
        nextReturn = hosts.compactMap(\.ejectedUntil).min() ?? .max
    }
}
