@testable import LocalBroker

/// A request that the broker takes, for every API and version: what fuzzing cuts and bends.
enum ValidRequests {
    static let topic = "t"

    static var all: [(api: API, version: Int16)] {
        API.allCases.flatMap { api in api.versions.map { (api, $0) } }
    }

    static func whole(_ api: API, _ version: Int16, correlation: Int32 = 7) -> [UInt8] {
        RawClient.request(
            api.rawValue, version, correlation: correlation, isFlexible: api.isFlexible(version),
            body(api, version))
    }

    static func body(_ api: API, _ version: Int16) -> [UInt8] {
        var writer = WireWriter()
        switch api {
        case .produce, .fetch, .listOffsets, .metadata, .deleteRecords, .offsetForLeaderEpoch:
            records(api, version, &writer)
        case .joinGroup, .heartbeat, .leaveGroup, .syncGroup, .describeGroups, .listGroups,
            .deleteGroups, .offsetCommit, .offsetFetch, .offsetDelete:
            groups(api, version, &writer)
        case .initProducerID, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .txnOffsetCommit:
            transactions(api, version, &writer)
        default: admin(api, version, &writer)
        }
        return writer.buffer
    }

    /// One topic with one partition, 0.
    private static func onePartition(
        _ writer: inout WireWriter, _ rest: (inout WireWriter) -> Void = { _ in }
    ) {
        writer.int32(1)
        writer.string(topic)
        writer.int32(1)
        writer.int32(0)
        rest(&writer)
    }

    private static func records(_ api: API, _ version: Int16, _ writer: inout WireWriter) {
        switch api {
        case .produce:
            writer.nullableString(nil)
            writer.int16(-1)
            writer.int32(1_000)
            onePartition(&writer) { $0.bytes(batch(value: [1, 2, 3])) }
        case .fetch:
            writer.int32(-1)
            writer.int32(0)  // Answered at once.
            writer.int32(1)
            writer.int32(1 << 20)
            writer.int8(0)
            if version >= 7 {
                writer.int32(0)
                writer.int32(-1)
            }
            onePartition(&writer) {
                if version >= 9 { $0.int32(-1) }
                $0.int64(0)
                if version >= 5 { $0.int64(0) }
                $0.int32(1 << 20)
            }
            if version >= 7 { writer.int32(0) }
            if version >= 11 { writer.string("") }
        case .listOffsets:
            writer.int32(-1)
            if version >= 2 { writer.int8(0) }
            onePartition(&writer) {
                if version >= 4 { $0.int32(-1) }
                $0.int64(-1)
            }
        case .metadata:
            writer.array([topic]) { $0.string($1) }
            if version >= 4 { writer.bool(false) }
            if version >= 8 { writer.raw([0, 0]) }
        case .deleteRecords:
            onePartition(&writer) { $0.int64(0) }
            writer.int32(1_000)
        default:
            if version >= 3 { writer.int32(-1) }
            onePartition(&writer) {
                $0.int32(-1)
                $0.int32(0)
            }
        }
    }

    private static func groups(_ api: API, _ version: Int16, _ writer: inout WireWriter) {
        switch api {
        case .joinGroup:
            writer.string("g")
            writer.int32(6_000)
            if version >= 1 { writer.int32(6_000) }
            writer.string("")
            if version >= 5 { writer.nullableString(nil) }
            writer.string("consumer")
            writer.array(["range"]) {
                $0.string($1)
                $0.bytes([0, 0])
            }
        case .heartbeat, .syncGroup:
            writer.string("g")
            writer.int32(1)
            writer.string("m")
            if version >= 3 { writer.nullableString(nil) }
            if api == .syncGroup {
                writer.array(["m"]) {
                    $0.string($1)
                    $0.bytes([0, 0])
                }
            }
        case .leaveGroup:
            writer.string("g")
            if version >= 3 { writer.int32(1) }
            writer.string("m")
            if version >= 3 { writer.nullableString(nil) }
        case .describeGroups, .deleteGroups:
            writer.array(["g"]) { $0.string($1) }
            if api == .describeGroups, version >= 3 { writer.bool(false) }
        case .offsetCommit:
            writer.string("g")
            writer.int32(-1)
            writer.string("")
            if version >= 7 { writer.nullableString(nil) }
            if version < 5 { writer.int64(-1) }
            onePartition(&writer) {
                $0.int64(0)
                if version >= 6 { $0.int32(-1) }
                $0.nullableString("m")
            }
        case .offsetFetch, .offsetDelete:
            writer.string("g")
            onePartition(&writer)
        default: break
        }
    }

    private static func transactions(_ api: API, _ version: Int16, _ writer: inout WireWriter) {
        writer.nullableString("x")
        if api == .initProducerID { return writer.int32(10_000) }
        if api == .txnOffsetCommit { writer.string("g") }
        writer.int64(0)
        writer.int16(0)
        switch api {
        case .addPartitionsToTxn: onePartition(&writer)
        case .addOffsetsToTxn: writer.string("g")
        case .endTxn: writer.bool(true)
        default:
            onePartition(&writer) {
                $0.int64(0)
                if version >= 2 { $0.int32(-1) }
                $0.nullableString(nil)
            }
        }
    }

    private static func admin(_ api: API, _ version: Int16, _ writer: inout WireWriter) {
        switch api {
        case .findCoordinator:
            writer.string("g")
            if version >= 1 { writer.int8(0) }
        case .apiVersions where version >= 3: writer.raw([2, 0x72, 2, 0x31, 0])
        case .createTopics:
            writer.int32(1)
            writer.string(topic)
            writer.int32(1)
            writer.int16(1)
            writer.int32(0)
            writer.array(["retention.ms"]) {
                $0.string($1)
                $0.nullableString("-1")
            }
            writer.int32(1_000)
            writer.bool(false)
        case .deleteTopics:
            writer.array(["none"]) { $0.string($1) }
            writer.int32(1_000)
        case .describeConfigs:
            writer.int32(1)
            writer.int8(2)
            writer.string(topic)
            writer.int32(-1)
            writer.bool(true)
            if version >= 3 { writer.bool(true) }
        case .createPartitions:
            writer.int32(1)
            writer.string(topic)
            writer.int32(2)
            writer.int32(-1)
            writer.int32(1_000)
            writer.bool(false)
        case .incrementalAlterConfigs:
            writer.int32(1)
            writer.int8(2)
            writer.string(topic)
            writer.int32(1)
            writer.string("retention.ms")
            writer.int8(0)
            writer.nullableString("1000000000")
            writer.bool(false)
        case .alterConfigs:
            writer.int32(1)
            writer.int8(2)
            writer.string(topic)
            writer.int32(1)
            writer.string("retention.ms")
            writer.nullableString("1000000000")
            writer.bool(false)
        case .describeCluster: writer.raw([0, 0])
        default: break
        }
    }

    /// A batch of one record without a key.
    static func batch(value: [UInt8]) -> [UInt8] {
        var record = WireWriter()
        record.raw([0, 0, 0, 1])  // Attributes, both deltas, no key.
        zigzag(value.count, &record)
        record.raw(value)
        record.unsignedVarint(0)
        var checked = WireWriter()
        checked.int16(0)
        checked.int32(0)
        for _ in 0..<2 { checked.int64(1_700_000_000_000) }
        checked.int64(-1)
        checked.int16(-1)
        checked.int32(-1)
        checked.int32(1)
        zigzag(record.buffer.count, &checked)
        checked.raw(record.buffer)
        var batch = WireWriter()
        batch.int64(0)
        batch.int32(Int32(checked.buffer.count + 9))
        batch.int32(-1)
        batch.int8(2)
        batch.int32(Int32(bitPattern: crc32c(checked.buffer)))
        batch.raw(checked.buffer)
        return batch.buffer
    }

    private static func zigzag(_ value: Int, _ writer: inout WireWriter) {
        writer.unsignedVarint(UInt32(value) << 1)
    }

    private static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in
                crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1
            }
        }
    }
}
