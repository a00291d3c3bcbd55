extension PatternScenario {
    /// The scenario of a pattern, for a shop of the demo's size.
    ///
    /// Each has something of which there is not enough, and which no faster machine has more of: permits, connections,
    /// places in the gateway. The arithmetic is Little's law: requests a second, times the seconds that one takes, are
    /// in flight.
    public init(of pattern: ShopPattern) {
        switch pattern {
        case .breaker: self = .breaker
        case .retryBudget: self = .retryBudget
        case .bulkhead: self = .bulkhead
        case .shedding: self = .shedding
        case .fallback: self = .fallback
        }
    }

    /// 32 checkouts a second that wait 3 s or more are above the 64 permits (`Callee.permits`).
    private static let breaker = PatternScenario(
        .breaker, [Fault(hop: .work(.catalog), effect: .delay(.seconds(10)))],
        rate: 40, LoadMix([.checkout: 4, .order: 1]), routes: [.order, .checkout],
        note: """
            The catalog hangs, so no checkout can succeed. Each of them waits for its timeouts of 3 s and keeps one of \
            the 64 permits that the gateway has for calls of orders; lookups of orders, which need no catalog, have to \
            share these. Look at the lookups.
            """)

    /// Of 20 first attempts a second 0.6 hold a connection for 3.5 s: 42 of the catalog's 64 (two instances of
    /// `ShopDatabase.readers`), of which 32 are left while the balancer rests an instance that failed five times in a
    /// row. The three attempts that are allowed make it 84; a budget of a tenth, and of one a second for each of two
    /// instances of orders, 51. At 14 a second and below attempts find connections, and the budget costs goodput.
    private static let retryBudget = PatternScenario(
        .retryBudget, [Fault(hop: .database(.catalog), effect: .delay(.milliseconds(3500)), share: 0.6)],
        rate: 20, LoadMix([.checkout: 1]), alwaysWithout: [.breaker], routes: [.checkout],
        note: """
            Six in ten queries of the catalog take 3.5 s, longer than the 3 s that a caller waits, and keep one of its \
            64 connections when nobody waits any more. First attempts need 42 of them, three attempts each twice as \
            many, and half of them are gone while a balancer rests an instance. The breaker, which opens when half of \
            the calls fail, is left out of all runs. With fewer requests, more attempts are more answers.
            """)

    /// 84 requests a second of 2 s each are 168 in flight, above the share of browsing (0.6 of
    /// `GatewayEntry.capacity`: 150).
    private static let bulkhead = PatternScenario(
        .bulkhead, [Fault(hop: .work(.orderHistory), effect: .delay(.seconds(2)))],
        rate: 96, LoadMix([.history: 7, .mobileHome: 1]), routes: [.mobileHome, .history],
        note: """
            The order history takes 2 s, within its timeout, so no breaker opens. Its requests fill the gateway, \
            which takes 250 at once and pages only up to 150, unless no more than 64 may call it, and 64 wait, at \
            once. Look at the pages; what the bulkhead refuses is missing at the history.
            """)

    /// A page asks the catalog twice, a checkout once: 68 queries a second of 1.2 s each are 82 at once, and the
    /// catalog has 64 connections. Of a capacity of 40 browsing may use 24: 48 connections, and checkouts need 5.
    private static let shedding = PatternScenario(
        .shedding, [Fault(hop: .database(.catalog), effect: .delay(.milliseconds(1200)))],
        rate: 36, LoadMix([.homePage: 8, .checkout: 1]), capacity: 40, alwaysWithout: [.breaker],
        routes: [.checkout, .homePage],
        note: """
            Home pages need more of the catalog's 64 connections than there are, and checkouts stand in the same \
            queue. The gateway's capacity is set to 40, of which pages may use 60 %: its default of 250 is for a shop \
            that bears more. The breakers, which now and then keep the recommendations from asking, are left out of \
            all runs. Look at the checkouts; what is shed is missing at the pages.
            """)

    private static let fallback = PatternScenario(
        .fallback, [Fault(hop: .work(.recommendations), effect: .error)],
        rate: 20, LoadMix([.homePage: 1]), routes: [.homePage],
        note: """
            The recommendations fail at every call, so each page that is answered is one without them: no page is \
            complete, with the fallback or without.
            """)
}
