/// Decides when to commit: at once when nobody else is expected, otherwise when as many requests as last time have come
/// or the window is over.
///
/// While a commit runs, what arrives waits for the next one, so a batch grows with the load.
struct CommitSchedule {
    /// What to do after an event, outside the lock.
    enum Action: Equatable {
        case none
        case commit
        /// Call ``windowEnded(_:)`` with this number when the window is over.
        case startWindow(Int)
        /// Everything is committed, and nothing more comes.
        case finishClosing
    }

    private enum Phase: Equatable {
        case idle
        case waiting(window: Int)
        case committing
    }

    private let maximumBytes: Int
    private let sealBytes: Int
    private var phase = Phase.idle
    private var windows = 0
    /// Requests that were appended since the last commit began, and their bytes.
    private var pendingRequests = 0
    private var pendingBytes = 0
    /// Bytes of all requests that are being decoded, wait or are being committed.
    private var admittedBytes = 0
    /// How many requests came together last time.
    private var expectedRequests = 1
    private(set) var isClosed = false

    /// - Parameters:
    ///   - maximumBytes: Requests beyond it are refused.
    ///   - sealBytes: A commit starts without waiting for more once so much is pending.
    init(maximumBytes: Int, sealBytes: Int) {
        self.maximumBytes = maximumBytes
        self.sealBytes = sealBytes
    }

    /// Whether there is room for a request; then its bytes count until ``withdrawn(bytes:)`` or ``committed(requests:bytes:)``.
    mutating func admit(bytes: Int) -> Bool {
        guard admittedBytes == 0 || bytes <= maximumBytes - admittedBytes else { return false }
        admittedBytes += bytes
        return true
    }

    /// An admitted request left nothing to commit.
    mutating func withdrawn(bytes: Int) -> Action {
        admittedBytes -= bytes
        return closingAction
    }

    /// The rows of an admitted request are in a builder.
    mutating func appended(bytes: Int) -> Action {
        pendingRequests += 1
        pendingBytes += bytes
        return next()
    }

    mutating func windowEnded(_ window: Int) -> Action {
        guard phase == .waiting(window: window) else { return .none }
        return begin()
    }

    /// A commit ended, well or not.
    mutating func committed(requests: Int, bytes: Int) -> Action {
        admittedBytes -= bytes
        phase = .idle
        if requests > 0 { expectedRequests = requests }
        return pendingRequests > 0 ? next() : closingAction
    }

    /// Nothing is admitted from now on.
    mutating func close() -> Action {
        isClosed = true
        if case .committing = phase { return .none }
        return pendingRequests > 0 ? begin() : closingAction
    }

    private mutating func next() -> Action {
        if phase == .committing { return .none }
        if pendingRequests >= expectedRequests || pendingBytes >= sealBytes || isClosed { return begin() }
        guard phase == .idle else { return .none }
        windows += 1
        phase = .waiting(window: windows)
        return .startWindow(windows)
    }

    private mutating func begin() -> Action {
        phase = .committing
        pendingRequests = 0
        pendingBytes = 0
        return .commit
    }

    private var closingAction: Action {
        isClosed && admittedBytes == 0 && phase == .idle ? .finishClosing : .none
    }
}
