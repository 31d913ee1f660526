/// From the API key to its handler: one file each.
extension Broker {
    func handle(_ call: Call, _ request: inout WireReader) throws {
        switch call.api {
        case .produce: try produce(call, &request)
        case .fetch: try fetch(call, &request)
        case .listOffsets: try listOffsets(call, &request)
        case .metadata: try metadata(call, &request)
        case .offsetCommit: try offsetCommit(call, &request)
        case .offsetFetch: try offsetFetch(call, &request)
        case .findCoordinator: try findCoordinator(call, &request)
        case .joinGroup: try joinGroup(call, &request)
        case .heartbeat: try heartbeat(call, &request)
        case .leaveGroup: try leaveGroup(call, &request)
        case .syncGroup: try syncGroup(call, &request)
        case .describeGroups: try describeGroups(call, &request)
        case .listGroups: try listGroups(call, &request)
        case .apiVersions: try apiVersions(call, &request)
        case .createTopics: try createTopics(call, &request)
        case .deleteTopics: try deleteTopics(call, &request)
        case .deleteRecords: try deleteRecords(call, &request)
        case .initProducerID: try initProducerID(call, &request)
        case .offsetForLeaderEpoch: try offsetForLeaderEpoch(call, &request)
        case .addPartitionsToTxn: try addPartitionsToTxn(call, &request)
        case .addOffsetsToTxn: try addOffsetsToTxn(call, &request)
        case .endTxn: try endTxn(call, &request)
        case .txnOffsetCommit: try txnOffsetCommit(call, &request)
        case .describeConfigs: try describeConfigs(call, &request)
        case .createPartitions: try createPartitions(call, &request)
        case .deleteGroups: try deleteGroups(call, &request)
        case .incrementalAlterConfigs: try incrementalAlterConfigs(call, &request)
        case .offsetDelete: try offsetDelete(call, &request)
        case .describeCluster: try describeCluster(call, &request)
        }
    }
}
