package import Contracts
package import Status

/// What the judge decided in one step, to be written in one transaction or not at all.
package struct Judgement: Sendable, Equatable {
    /// How far the aggregates of a stream were seen: parallel, by topic and partition.
    package struct Positions: Sendable, Equatable {
        package var topicPartitions: [Int32] = []
        package var generations: [Int32] = []
        /// Next offsets: everything before them is in the figures.
        package var offsets: [Int64] = []

        package init() {}

        package mutating func append(topicPartition: Int32, generation: Int32, offset: Int64) {
            topicPartitions.append(topicPartition)
            generations.append(generation)
            offsets.append(offset)
        }

        /// The next offset of a partition in a generation, or nil where it was not seen.
        package func offset(of topicPartition: Int32, generation: Int32) -> Int64? {
            for index in topicPartitions.indices
            where topicPartitions[index] == topicPartition && generations[index] == generation {
                return offsets[index]
            }
            return nil
        }
    }

    /// One evaluation of one stream's targets (`ledger.judge_round`).
    package struct Round: Sendable, Equatable {
        package var round: Int64
        package var stream: String
        package var revision: Int
        package var asOf: Instant
        /// The plan clock when it judged.
        package var clock: Instant
        package var watermark: Instant?
        package var positions: Positions
        /// With the first round of a stream whose touches had been let go before: where its
        /// evidence begins (`ledger.judge_start`).
        package var start: Positions?

        package init(
            round: Int64, stream: String, revision: Int, asOf: Instant, clock: Instant,
            watermark: Instant?, positions: Positions, start: Positions? = nil
        ) {
            self.round = round
            self.stream = stream
            self.revision = revision
            self.asOf = asOf
            self.clock = clock
            self.watermark = watermark
            self.positions = positions
            self.start = start
        }
    }

    /// A row of the change log.
    package struct Change: Sendable, Equatable {
        package var round: Int64
        package var change: StatusChange

        package init(round: Int64, change: StatusChange) {
            self.round = round
            self.change = change
        }
    }

    /// Where a target stands (`ledger.target_state`).
    package struct State: Sendable, Equatable {
        package var target: String
        package var machine: StatusMachine
        /// Of the target's last change.
        package var sequence: Int64
        package var assessment: Assessment
        /// Decimals of the assessment's figures.
        package var scale: Int

        package init(
            target: String, machine: StatusMachine, sequence: Int64, assessment: Assessment,
            scale: Int
        ) {
            self.target = target
            self.machine = machine
            self.sequence = sequence
            self.assessment = assessment
            self.scale = scale
        }
    }

    package var plan: String
    package var revision: Int
    package var sequenceBefore: Int64
    package var sequence: Int64
    package var roundBefore: Int64
    package var round: Int64
    package var rounds: [Round] = []
    package var changes: [Change] = []
    /// Targets of which a status or a timer moved: their last state.
    package var states: [State] = []

    package init(plan: String, revision: Int, sequence: Int64, round: Int64) {
        self.plan = plan
        self.revision = revision
        self.sequenceBefore = sequence
        self.sequence = sequence
        self.roundBefore = round
        self.round = round
    }

    /// Nothing moved: nothing is to be written.
    package var isEmpty: Bool { rounds.isEmpty }
}
