import ClewPatterns

extension Upstream {
    /// Without repetitions: where the caller has something else to answer.
    var withoutRetry: Upstream { changed { $0.retry = nil } }

    /// With nothing between caller and callee but the time of an attempt.
    var unguarded: Upstream {
        changed { policy in
            policy.retry = nil
            policy.breaker = nil
            policy.bulkhead = nil
        }
    }

    /// With this time for each attempt.
    func attempting(within time: Duration) -> Upstream { changed { $0.timeout = time } }

    /// With repetitions that no budget bounds and no breaker stops.
    ///
    /// - Parameter waits: Whether there is a wait before each; else they come at once.
    func repeating(attempts: Int, waits: Bool) -> Upstream {
        var settings = RetrySettings()
        settings.maximumAttempts = attempts
        if !waits { settings.backoff.base = .zero }
        return changed { policy in
            policy.retry = Retry(name: callee.rawValue, settings)
            policy.breaker = nil
            policy.bulkhead = nil
        }
    }

    private func changed(_ change: (inout CallPolicy) -> Void) -> Upstream {
        var changed = self
        change(&changed.policy)
        return changed
    }
}
