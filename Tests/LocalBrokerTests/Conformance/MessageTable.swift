import LocalBroker

/// The messages of every API in the versions on offer, written from Kafka's protocol guide.
enum MessageTable {
    static func request(_ api: API) throws -> MessageSchema { try requests.get()[api]! }
    static func answer(_ api: API) throws -> MessageSchema { try answers.get()[api]! }

    private static let requests = Result { () throws -> [API: MessageSchema] in
        try Dictionary(
            uniqueKeysWithValues: API.allCases.map { ($0, try MessageSchema(requestText($0))) })
    }

    private static let answers = Result { () throws -> [API: MessageSchema] in
        try Dictionary(
            uniqueKeysWithValues: API.allCases.map { ($0, try MessageSchema(answerText($0))) })
    }

    private static func topics(_ partition: String) -> String {
        "topics:[ name:str partitions:[ \(partition) ] ]"
    }

    private static func requestText(_ api: API) -> String {
        let member = "group:str generation:i32 member:str instance:?str/3+"
        let transaction = "txn:str producer:i64 epoch:i16"
        switch api {
        case .produce:
            return "txn:?str acks:i16=-1 timeout:i32=10000 " + topics("index:i32 records:?bytes")
        case .fetch:
            return
                "replica:i32=-1 maxWait:i32 minBytes:i32 maxBytes:i32=10000000 isolation:i8"
                + " session:i32/7+ sessionEpoch:i32/7+=-1 "
                + topics(
                    "index:i32 leaderEpoch:i32/9+=-1 offset:i64 logStart:i64/5+=-1"
                        + " maxBytes:i32=10000000")
                + " forgotten:[/7+ name:str partitions:[i32] ] rack:str/11+"
        case .listOffsets:
            return "replica:i32=-1 isolation:i8/2+ "
                + topics("index:i32 leaderEpoch:i32/4+=-1 timestamp:i64")
        case .metadata:
            return "topics:?[ name:str ] auto:bool/4+ clusterOps:bool/8+ topicOps:bool/8+"
        case .offsetCommit:
            return "group:str generation:i32=-1 member:str instance:?str/7+ retention:i64/2-4=-1 "
                + topics("index:i32 offset:i64 leaderEpoch:i32/6+=-1 metadata:?str")
        case .offsetFetch: return "group:str topics:?[ name:str partitions:[i32] ]"
        case .findCoordinator: return "key:str type:i8/1+"
        case .joinGroup:
            return "group:str sessionTimeout:i32=10000 rebalanceTimeout:i32/1+=10000 member:str"
                + " instance:?str/5+ type:str=consumer protocols:[ name:str metadata:bytes ]"
        case .heartbeat: return member
        case .leaveGroup:
            return "group:str member:str/0-2 members:[/3+ member:str instance:?str ]"
        case .syncGroup: return member + " assignments:[ member:str assignment:bytes ]"
        case .describeGroups: return "groups:[str] authorized:bool/3+"
        case .listGroups: return ""
        case .apiVersions: return "name:cstr/3+=conformance version:cstr/3+=v1 tags/3+"
        case .createTopics:
            return
                "topics:[ name:str partitions:i32=1 replication:i16=1"
                + " assignments:[ index:i32 brokers:[i32] ] configs:[ name:str value:?str ] ]"
                + " timeout:i32=15000 validate:bool"
        case .deleteTopics: return "names:[str] timeout:i32=15000"
        case .deleteRecords: return topics("index:i32 offset:i64") + " timeout:i32=15000"
        case .initProducerID: return "txn:?str timeout:i32=60000"
        case .offsetForLeaderEpoch:
            return "replica:i32/3+=-1 " + topics("index:i32 currentEpoch:i32=-1 epoch:i32")
        case .addPartitionsToTxn:
            return transaction + " topics:[ name:str partitions:[i32] ]"
        case .addOffsetsToTxn: return transaction + " group:str"
        case .endTxn: return transaction + " commit:bool"
        case .txnOffsetCommit:
            return "txn:str group:str producer:i64 epoch:i16 "
                + topics("index:i32 offset:i64 leaderEpoch:i32/2+=-1 metadata:?str")
        case .describeConfigs:
            return
                "resources:[ type:i8=2 name:str keys:?[str] ] synonyms:bool documentation:bool/3+"
        case .createPartitions:
            return "topics:[ name:str count:i32 assignments:?[ brokers:[i32] ] ]"
                + " timeout:i32=15000 validate:bool"
        case .deleteGroups: return "groups:[str]"
        case .incrementalAlterConfigs:
            return "resources:[ type:i8=2 name:str configs:[ name:str op:i8 value:?str ] ]"
                + " validate:bool"
        case .alterConfigs:
            return "resources:[ type:i8=2 name:str configs:[ name:str value:?str ] ] validate:bool"
        case .offsetDelete: return "group:str " + topics("index:i32")
        case .describeCluster: return "ops:bool tags"
        }
    }

    private static func answerText(_ api: API) -> String {
        let throttle = "throttle:i32 "
        let codes = topics("index:i32 error:i16")
        switch api {
        case .produce:
            return topics(
                "index:i32 error:i16 offset:i64 appendTime:i64 logStart:i64/5+"
                    + " recordErrors:[/8+ index:i32 message:?str ] message:?str/8+")
                + " throttle:i32"
        case .fetch:
            return throttle + "error:i16/7+ session:i32/7+ "
                + topics(
                    "index:i32 error:i16 highWatermark:i64 lastStable:i64 logStart:i64/5+"
                        + " aborted:?[ producer:i64 first:i64 ] preferred:i32/11+ records:?bytes")
        case .listOffsets:
            return "throttle:i32/2+ "
                + topics("index:i32 error:i16 timestamp:i64 offset:i64 leaderEpoch:i32/4+")
        case .metadata:
            return
                "throttle:i32/3+ brokers:[ node:i32 host:str port:i32 rack:?str/1+ ]"
                + " cluster:?str/2+ controller:i32/1+ topics:[ error:i16 name:str"
                + " internal:bool/1+ partitions:[ error:i16 index:i32 leader:i32"
                + " leaderEpoch:i32/7+ replicas:[i32] isr:[i32] offline:[i32]/5+ ]"
                + " topicOps:i32/8+ ] clusterOps:i32/8+"
        case .offsetCommit: return "throttle:i32/3+ " + codes
        case .offsetFetch:
            return "throttle:i32/3+ "
                + topics("index:i32 offset:i64 leaderEpoch:i32/5+ metadata:?str error:i16")
                + " error:i16/2+"
        case .findCoordinator:
            return "throttle:i32/1+ error:i16 message:?str/1+ node:i32 host:str port:i32"
        case .joinGroup:
            return
                "throttle:i32/2+ error:i16 generation:i32 protocol:str leader:str member:str"
                + " members:[ member:str instance:?str/5+ metadata:bytes ]"
        case .heartbeat: return "throttle:i32/1+ error:i16"
        case .leaveGroup:
            return "throttle:i32/1+ error:i16 members:[/3+ member:str instance:?str error:i16 ]"
        case .syncGroup: return "throttle:i32/1+ error:i16 assignment:bytes"
        case .describeGroups:
            return
                "throttle:i32/1+ groups:[ error:i16 group:str state:str type:str protocol:str"
                + " members:[ member:str instance:?str/4+ client:str host:str metadata:bytes"
                + " assignment:bytes ] ops:i32/3+ ]"
        case .listGroups: return "throttle:i32/1+ error:i16 groups:[ group:str type:str ]"
        case .apiVersions:
            return
                "error:i16 apis:[/0-2 key:i16 min:i16 max:i16 ]"
                + " apis:c[/3+ key:i16 min:i16 max:i16 tags ] throttle:i32/1+ tags/3+"
        case .createTopics: return throttle + "topics:[ name:str error:i16 message:?str ]"
        case .deleteTopics: return throttle + "topics:[ name:str error:i16 ]"
        case .deleteRecords:
            return throttle + topics("index:i32 lowWatermark:i64 error:i16")
        case .initProducerID: return throttle + "error:i16 producer:i64 epoch:i16"
        case .offsetForLeaderEpoch:
            return throttle + topics("error:i16 index:i32 epoch:i32 offset:i64")
        case .addPartitionsToTxn, .txnOffsetCommit: return throttle + codes
        case .addOffsetsToTxn, .endTxn: return throttle + "error:i16"
        case .describeConfigs:
            return throttle
                + "results:[ error:i16 message:?str type:i8 name:str configs:[ name:str value:?str"
                + " readOnly:bool source:i8 sensitive:bool"
                + " synonyms:[ name:str value:?str source:i8 ] configType:i8/3+"
                + " documentation:?str/3+ ] ]"
        case .createPartitions: return throttle + "results:[ name:str error:i16 message:?str ]"
        case .deleteGroups: return throttle + "results:[ group:str error:i16 ]"
        case .alterConfigs, .incrementalAlterConfigs:
            return throttle + "responses:[ error:i16 message:?str type:i8 name:str ]"
        case .offsetDelete: return "error:i16 throttle:i32 " + codes
        case .describeCluster:
            return throttle
                + "error:i16 message:c?str cluster:cstr controller:i32"
                + " brokers:c[ node:i32 host:cstr port:i32 rack:c?str tags ] ops:i32 tags"
        }
    }
}
