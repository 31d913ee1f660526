/// Writes records that no reader can use, one form for each reason of a dead letter.
struct CorruptionWriter: Sendable {
    let events: EventWriter

    func write(
        _ corruption: Corruption, _ stream: SimulatedStream, time: Int64, number: UInt64,
        into record: inout SimulatedRecord
    ) {
        record.stream = stream
        record.kind = .corrupt(corruption)
        record.isTombstone = false
        record.partition = nil
        record.key.removeAll(keepingCapacity: true)
        record.key.add("corrupt-")
        record.key.add(number: Int64(number % 97))
        record.value.removeAll(keepingCapacity: true)
        record.headers = EventWriter.structured
        if corruption == .notCloudEvent {
            record.headers.removeAll(keepingCapacity: true)
            record.value.add("{\"event\":\"heartbeat\",\"host\":\"gateway-")
            record.value.add(number: Int64(number % 15))
            record.value.add("\"}")
            return
        }
        record.value.add("{\"specversion\":\"")
        record.value.add(corruption == .badSpecversion ? "0.3" : "1.0")
        record.value.add("\",\"id\":\"x-")
        record.value.add(number: Int64(number >> 1))
        record.value.add("\",\"source\":\"/luoyang/gateway\",\"type\":\"")
        record.value.add(corruption == .unknownType ? "city.experiment.v1" : stream.eventType)
        record.value.add("\",\"time\":\"")
        if corruption == .badTime {
            record.value.add("2023-02-30 25:00:00")
        } else {
            events.add(time: time - time % 1_000, .local, to: &record.value)
        }
        record.value.add("\",\"data\":{\"division\":\"410311\"")
        if corruption == .duplicateMember { record.value.add(",\"division\":\"410302\"") }
        addOthers(stream, corruption, to: &record.value)
        addFigure(stream, corruption, to: &record.value)
        if corruption == .tooLarge {
            record.value.add(",\"note\":\"")
            record.value.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: 262_200))
            record.value.add("\"")
        }
        record.value.add("}}")
        if corruption == .badJSON {
            // Cut off in the middle, as by a gateway that ran out of disk.
            record.value.removeLast(3 + Int(number % 20))
        }
    }

    private func addOthers(
        _ stream: SimulatedStream, _ corruption: Corruption, to text: inout [UInt8]
    ) {
        switch stream {
        case .tourism: text.add(",\"site\":\"longmen-grottoes\"")
        case .employment: text.add(",\"kind\":\"urban_new_job\"")
        case .investment: text.add(",\"project\":\"mp-0001\"")
        case .measurements: text.add(",\"indicator\":\"economy.gdp-growth\",\"period\":\"2023-Q1\"")
        }
    }

    private func addFigure(
        _ stream: SimulatedStream, _ corruption: Corruption, to text: inout [UInt8]
    ) {
        if corruption == .missingMember { return }
        text.add(
            stream == .tourism
                ? ",\"visitors\":"
                : stream == .employment
                    ? ",\"persons\":" : stream == .investment ? ",\"amount\":" : ",\"value\":")
        switch corruption {
        case .wrongType: text.add("[12]")
        case .outOfRange: text.add(stream == .measurements ? "6.1234567" : "-7")
        case .overflow: text.add("98765432109876543210")
        default: text.add("12")
        }
    }
}
