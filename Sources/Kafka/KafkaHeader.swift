/// A header of a record to be produced.
package struct KafkaHeader: Sendable, Equatable {
    /// Bytes without a NUL.
    package var name: [UInt8]
    package var value: [UInt8]?

    package init(name: [UInt8], value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: String) {
        self.init(name: Array(name.utf8), value: Array(value.utf8))
    }
}

/// What became of one produced record.
package struct DeliveryReport: Sendable, Equatable {
    package let topic: String
    package let partition: Int32
    /// Where it was written; -1 when it was not, or when the broker did not say.
    package let offset: Int64
    /// The number that was given to `produce`.
    package let token: Int
    package let failure: KafkaFailure?
}
