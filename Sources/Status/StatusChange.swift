package import Contracts

/// One change of a target's status with everything it was computed from: a row of the change log,
/// and a record of the status topics.
package struct StatusChange: Sendable, Equatable {
    /// How far one topic partition had been read.
    package struct Position: Sendable, Equatable {
        package var topic: String
        package var partition: Int32
        /// The next offset: everything before it is in the figures.
        package var offset: Int64
        package var generation: Int32

        package init(topic: String, partition: Int32, offset: Int64, generation: Int32) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
            self.generation = generation
        }
    }

    package var plan: String
    package var revision: Int
    package var sequence: Int64
    /// Nil for the target's first.
    package var previousSequence: Int64?
    package var change: StatusMachine.Change
    package var cause: ChangeCause
    package var watermark: Instant?
    package var assessment: Assessment
    /// Decimals of the assessment's figures.
    package var scale: Int
    package var target: TargetContract
    /// By topic and partition.
    package var positions: [Position]

    package init(
        plan: String, revision: Int, sequence: Int64, previousSequence: Int64?,
        change: StatusMachine.Change, cause: ChangeCause, watermark: Instant?,
        assessment: Assessment, yardstick: Yardstick, positions: [Position]
    ) {
        self.plan = plan
        self.revision = revision
        self.sequence = sequence
        self.previousSequence = previousSequence
        self.change = change
        self.cause = cause
        self.watermark = watermark
        self.assessment = assessment
        self.scale = yardstick.scale
        self.target = yardstick.target
        self.positions = positions
    }
}
