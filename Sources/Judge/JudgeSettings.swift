package import Contracts
internal import Glibc

/// How the judge works. Everything has a limit; the relations are checked when a judge is made.
package struct JudgeSettings: Sendable {
    /// What plan time goes by.
    package enum Clock: String, Sendable, CaseIterable {
        /// The wall clock, once a stream is not catching up: live operation.
        case wall
        /// The streams' own watermarks: simulation, replay and back-tests.
        case watermark
    }

    package var clock: Clock
    /// Shown in the lease: host and process.
    package var owner: String
    /// The wall clock.
    package var now: @Sendable () -> Instant

    /// How long a frozen holder keeps the lease. A dead one loses it at once.
    package var leaseTTL: Duration = .seconds(5)
    /// The same while it reads everything at the start of its term, which may take longer than the
    /// TTL.
    package var loadTTL: Duration = .seconds(60)
    /// A holder that has nothing to write renews its lease this often.
    package var leaseRenewal: Duration = .milliseconds(1_500)
    /// Those who stand by ask this often whether the holder's session has ended.
    package var standbyInterval: Duration = .milliseconds(200)
    /// A partition that was read to its end holds the others back no longer than this.
    package var idleAfter: Duration = .seconds(2)
    /// A partition of which nothing was ever committed holds the others back no longer than this.
    package var unreadAfter: Duration = .seconds(10)
    /// A partition whose watermark is this close to the wall clock is not catching up.
    package var liveWithin: Duration = .seconds(60)
    /// With the wall clock: how long a stream that is behind is waited for without any commit.
    package var catchUpPatience: Duration = .seconds(60)
    /// Evaluations and changes in one transaction, so that a year at full speed works in steps.
    package var roundsMax = 200
    package var changesMax = 500
    /// Rows of touches that may wait to be forgotten before a round is written for their sake.
    package var touchRowsMax = 2_000
    /// Snapshots are at least so far apart; the longer one while a stream is catching up.
    package var passInterval: Duration = .milliseconds(4)
    package var catchUpInterval: Duration = .milliseconds(50)
    /// Rolling values and figures between changes are written at most this often.
    package var rollingInterval: Duration = .seconds(1)
    package var backoffMin: Duration = .milliseconds(100)
    package var backoffMax: Duration = .seconds(5)

    package static func wallClock() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package init(
        clock: Clock, owner: String,
        now: @escaping @Sendable () -> Instant = JudgeSettings.wallClock
    ) {
        self.clock = clock
        self.owner = owner
        self.now = now
    }

    /// Whether the limits fit together.
    package var isConsistent: Bool {
        leaseRenewal * 3 <= leaseTTL && leaseTTL <= loadTTL && standbyInterval <= leaseTTL
            && passInterval <= catchUpInterval
            && catchUpInterval < leaseRenewal && backoffMin <= backoffMax && roundsMax > 0
            && changesMax > 0
            && touchRowsMax > 0
    }
}
