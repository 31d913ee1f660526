internal import CRDKafka

/// What the consumer's callbacks and records point at. Touched on the polling thread alone:
/// librdkafka calls back inside a poll of the owner.
final class ConsumerContext {
    var onRebalance: ((RebalanceEvent) -> RebalanceReply)?
    /// Errors of the whole client since the last poll.
    var failures: [KafkaFailure] = []
    var topics = TopicNames()
    var headers: [KafkaHeaderView] = []
    var nudge: KafkaFetchNudge?

    func rebalance(
        _ client: OpaquePointer, _ error: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let partitions = PartitionList.entries(list).map(\.0)
        guard error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS else {
            // The owner settles its work first; unassigning afterwards is what lets others begin.
            if error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                let lost = rd_kafka_assignment_lost(client) != 0
                _ = onRebalance?(.revoked(partitions, lost: lost))
            } else {
                failures.append(KafkaFailure(error))
                _ = onRebalance?(.revoked(partitions, lost: true))
            }
            assign(client, [])
            return
        }
        switch onRebalance?(.assigned(partitions)) {
        case .assign(let starts): assign(client, starts)
        case .done, nil: assign(client, [])
        }
    }

    func assign(_ client: OpaquePointer, _ starts: [TopicPartitionOffset]) {
        let error: rd_kafka_resp_err_t
        if starts.isEmpty {
            error = rd_kafka_assign(client, nil)
        } else {
            let list = PartitionList(starts)
            error = rd_kafka_assign(client, list.pointer)
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { failures.append(KafkaFailure(error)) }
        nudge?.watch(starts.map(\.topicPartition))
    }
}
