internal import CRDKafka

/// An error of Kafka or of librdkafka, with what to do about it decided in one place.
package struct KafkaFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What to do next.
    package enum Disposition: Sendable, Equatable {
        /// The same call again, or just go on: the library is still trying.
        case retry
        /// Abort the open transaction and do its work again in another one.
        case abortTransaction
        /// Someone else took over the transactional id: get the lease again before anything else.
        case fenced
        /// Destroy this handle and make another; what was sent may or may not have happened.
        case rebuild
        /// This partition (or this record, when producing) cannot go on without an operator.
        case halt
        /// Configuration, authorisation or programming: no retry will help.
        case stop
    }

    /// librdkafka's name, for example `_FENCED` (its own start with an underscore) or
    /// `TOPIC_ALREADY_EXISTS`.
    package let code: String
    /// One sentence. Holds names of topics, brokers and properties, never payloads or secrets.
    package let text: String
    /// The handle is unusable from now on.
    package let isFatal: Bool
    /// The library says that the same call may be made again.
    package let isRetriable: Bool
    /// The open transaction must be aborted.
    package let requiresAbort: Bool
    package let disposition: Disposition

    /// Nobody answered: the address is wrong, or the broker is down.
    package var isUnreachable: Bool {
        ["_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE"].contains(code)
    }

    package var description: String { "\(text) [\(code)]" }

    init(
        _ error: rd_kafka_resp_err_t, text: String? = nil, isFatal: Bool = false,
        isRetriable: Bool = false, requiresAbort: Bool = false
    ) {
        code = String(cString: rd_kafka_err2name(error))
        self.text = text ?? String(cString: rd_kafka_err2str(error))
        self.isFatal = isFatal
        self.isRetriable = isRetriable
        self.requiresAbort = requiresAbort
        disposition = KafkaFailure.classify(
            error, isFatal: isFatal, isRetriable: isRetriable, requiresAbort: requiresAbort)
    }

    /// Reads the C library's error out and destroys it. Nil for no error.
    init?(consuming error: OpaquePointer?) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        self.init(
            rd_kafka_error_code(error), text: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0,
            requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
    }

    /// A settings error of our own: `text` says what to write instead.
    static func settings(_ text: String) -> KafkaFailure {
        KafkaFailure(RD_KAFKA_RESP_ERR__INVALID_ARG, text: text)
    }
}
