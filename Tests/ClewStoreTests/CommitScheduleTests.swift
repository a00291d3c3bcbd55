import Testing

@testable import ClewStore

@Suite("when to commit")
struct CommitScheduleTests {
    private func schedule(maximumBytes: Int = 1000, sealBytes: Int = 500) -> CommitSchedule {
        CommitSchedule(maximumBytes: maximumBytes, sealBytes: sealBytes)
    }

    /// `#expect` takes no mutating call.
    private func admits(_ bytes: Int, _ schedule: inout CommitSchedule) -> Bool {
        schedule.admit(bytes: bytes)
    }

    private func expect(_ action: CommitSchedule.Action, _ expected: CommitSchedule.Action) {
        #expect(action == expected)
    }

    /// Admits and appends a request.
    private func send(_ bytes: Int, to schedule: inout CommitSchedule) -> CommitSchedule.Action {
        #expect(admits(bytes, &schedule))
        return schedule.appended(bytes: bytes)
    }

    @Test("a request that comes alone is committed at once")
    func alone() {
        var schedule = schedule()
        #expect(send(10, to: &schedule) == .commit)
        expect(schedule.committed(requests: 1, bytes: 10), .none)
        #expect(send(10, to: &schedule) == .commit)
    }

    @Test("what comes during a commit is committed together after it")
    func during() {
        var schedule = schedule()
        #expect(send(10, to: &schedule) == .commit)
        for _ in 0..<3 { #expect(send(10, to: &schedule) == .none) }
        expect(schedule.committed(requests: 1, bytes: 10), .commit)
    }

    @Test("after three came together, the next waits for two more, but no longer than the window")
    func window() {
        var schedule = schedule()
        #expect(send(10, to: &schedule) == .commit)
        expect(schedule.committed(requests: 3, bytes: 10), .none)
        #expect(send(10, to: &schedule) == .startWindow(1))
        #expect(send(10, to: &schedule) == .none)
        #expect(send(10, to: &schedule) == .commit)
        expect(schedule.windowEnded(1), .none)
        expect(schedule.committed(requests: 3, bytes: 30), .none)
        #expect(send(10, to: &schedule) == .startWindow(2))
        expect(schedule.windowEnded(1), .none)
        expect(schedule.windowEnded(2), .commit)
        expect(schedule.committed(requests: 1, bytes: 10), .none)
        #expect(send(10, to: &schedule) == .commit)
    }

    @Test("a large request does not wait for others")
    func large() {
        var schedule = schedule()
        #expect(send(10, to: &schedule) == .commit)
        expect(schedule.committed(requests: 3, bytes: 10), .none)
        #expect(send(500, to: &schedule) == .commit)
    }

    @Test("bytes beyond the limit are refused until others are committed or withdrawn")
    func overload() {
        var schedule = schedule()
        #expect(send(600, to: &schedule) == .commit)
        #expect(!admits(401, &schedule))
        #expect(admits(400, &schedule))
        expect(schedule.withdrawn(bytes: 400), .none)
        expect(schedule.committed(requests: 1, bytes: 600), .none)
        #expect(admits(1000, &schedule))
    }

    @Test("closing waits for the last commit, and for what is still being decoded")
    func closing() {
        var schedule = schedule()
        #expect(send(10, to: &schedule) == .commit)
        #expect(admits(20, &schedule))
        expect(schedule.close(), .none)
        expect(schedule.committed(requests: 1, bytes: 10), .none)
        expect(schedule.appended(bytes: 20), .commit)
        expect(schedule.committed(requests: 1, bytes: 20), .finishClosing)
    }

    @Test("closing an idle store needs no commit")
    func closingIdle() {
        var schedule = schedule()
        expect(schedule.close(), .finishClosing)
    }
}
