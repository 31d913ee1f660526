/// A record that could not be counted, as it was.
package struct DeadLetterRow: Sendable, Equatable {
    package var topicPartition: Int32
    package var generation: Int32
    package var offset: Int64
    /// `decode`, `validate` or `apply`.
    package var stage: String
    /// A stable word, for example `bad_json`.
    package var reason: String
    /// What is wrong, where, at which byte.
    package var message: String
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headerNames: [[UInt8]]
    /// Parallel to the names.
    package var headerValues: [[UInt8]?]
    /// Nil where the record has none.
    package var timestampMilliseconds: Int64?

    package init(
        topicPartition: Int32, generation: Int32, offset: Int64, stage: String, reason: String,
        message: String, key: [UInt8]?, value: [UInt8]?, headerNames: [[UInt8]] = [],
        headerValues: [[UInt8]?] = [], timestampMilliseconds: Int64?
    ) {
        self.topicPartition = topicPartition
        self.generation = generation
        self.offset = offset
        self.stage = stage
        self.reason = reason
        self.message = message
        self.key = key
        self.value = value
        self.headerNames = headerNames
        self.headerValues = headerValues
        self.timestampMilliseconds = timestampMilliseconds
    }
}
