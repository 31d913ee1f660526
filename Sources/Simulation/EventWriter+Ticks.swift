extension EventWriter {
    /// The city's clock on one partition: nothing to count, but its time lets the watermark of a
    /// quiet partition move.
    func writeTick(
        _ stream: SimulatedStream, partition: Int32, time: Int64, into record: inout SimulatedRecord
    ) {
        record.stream = stream
        record.kind = .tick
        record.isTombstone = false
        record.partition = partition
        record.headers = Self.structured
        record.key.removeAll(keepingCapacity: true)
        record.key.add("clock")
        record.value.removeAll(keepingCapacity: true)
        record.value.add("{\"specversion\":\"1.0\",\"id\":\"")
        record.value.add(stream.short)
        record.value.add("-")
        record.value.add(number: Int64(partition))
        record.value.add("-")
        record.value.add(number: time / 3_600_000)
        record.value.add(
            "\",\"source\":\"/luoyang/clock\",\"type\":\"headway.tick.v1\",\"time\":\"")
        add(time: time, .local, to: &record.value)
        record.value.add("\"}")
    }

    /// A record without a value: a compacting tool's trace, skipped by readers.
    func writeTombstone(_ stream: SimulatedStream, number: Int, into record: inout SimulatedRecord)
    {
        record.stream = stream
        record.kind = .tombstone
        record.isTombstone = true
        record.partition = nil
        record.headers.removeAll(keepingCapacity: true)
        record.value.removeAll(keepingCapacity: true)
        record.key.removeAll(keepingCapacity: true)
        record.key.add("retired-")
        record.key.add(number: Int64(number))
    }
}
