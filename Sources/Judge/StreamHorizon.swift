package import Contracts

/// How far a stream is complete, and whether anything of it is still to be waited for.
///
/// A stream's watermark is the least over its partitions. A partition holds the others back unless
/// it is halted (what is there is judged), was read to its end and quiet since, or was never read
/// from at all for a while.
package struct StreamHorizon: Sendable, Equatable {
    /// The stream's watermark: nil where nothing is known, or a partition that is waited for has
    /// none yet.
    package var watermark: Instant?
    /// No partition is waited for.
    package var isIdle: Bool
    /// A partition has records to read that are older than the wall clock by more than a little.
    package var isCatchingUp: Bool
    /// Up to when a stream that is catching up can be judged.
    package var caughtUpTo: Instant?
    /// When the next partition will stop holding the others back if nothing comes. Nil: none will.
    package var releasesIn: Duration?

    package init(_ partitions: [StreamView.Partition], now: Instant, settings: JudgeSettings) {
        var holding: [Instant?] = []
        var behind: [Instant?] = []
        var releases: [Duration] = []
        let live = now.adding(.zero - settings.liveWithin)
        for partition in partitions where !partition.isHalted {
            let limit =
                partition.isAtEnd
                ? settings.idleAfter : (partition.isUnread ? settings.unreadAfter : nil)
            if let limit, partition.age >= limit { continue }
            if let limit { releases.append(limit - partition.age) }
            holding.append(partition.watermark)
            // Nobody catches up who has not committed for long: then time goes on without it.
            let patience = settings.catchUpPatience - partition.age
            if !partition.isAtEnd, patience > .zero, partition.watermark.map({ $0 < live }) ?? true {
                behind.append(partition.watermark)
                releases.append(patience)
            }
        }
        isIdle = holding.isEmpty
        watermark =
            holding.isEmpty
            ? partitions.compactMap(\.watermark).max() : StreamHorizon.least(holding)
        isCatchingUp = !behind.isEmpty
        caughtUpTo = StreamHorizon.least(behind)
        releasesIn = releases.min()
    }

    private static func least(_ watermarks: [Instant?]) -> Instant? {
        let known = watermarks.compactMap { $0 }
        return known.count == watermarks.count ? known.min() : nil
    }
}
