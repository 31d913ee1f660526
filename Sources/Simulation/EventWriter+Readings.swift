internal import Contracts

extension EventWriter {
    func write(
        _ reading: Reading, of indicator: SimulatedIndicator, into record: inout SimulatedRecord
    ) {
        record.stream = .measurements
        record.isTombstone = false
        record.partition = nil
        record.headers = Self.structured
        record.key.removeAll(keepingCapacity: true)
        record.key.add(Array(indicator.id.utf8))
        record.value.removeAll(keepingCapacity: true)
        record.value.add("{\"specversion\":\"1.0\",\"id\":\"ms-")
        record.value.add(Array(indicator.id.utf8))
        record.value.add("-")
        record.value.add(number: reading.division)
        record.value.add("-")
        add(reading.period, to: &record.value)
        record.value.add("-r")
        record.value.add(number: Int64(reading.revision))
        record.value.add(
            "\",\"source\":\"/luoyang/statistics\",\"type\":\"sector.measurement.v1\",\"time\":\"")
        add(time: reading.published, .local, to: &record.value)
        record.value.add("\",\"datacontenttype\":\"application/json\",\"data\":{\"indicator\":\"")
        record.value.add(Array(indicator.id.utf8))
        record.value.add("\",\"division\":\"")
        record.value.add(number: reading.division)
        record.value.add("\",\"period\":\"")
        add(reading.period, to: &record.value)
        record.value.add("\",\"value\":")
        record.value.add(decimal: reading.value, scale: 6)
        record.value.add(",\"unit\":\"")
        record.value.add(Array(indicator.unit.utf8))
        record.value.add("\"")
        if indicator.basis == .period { record.value.add(",\"basis\":\"period\"") }
        if reading.revision > 0 {
            record.value.add(",\"revision\":")
            record.value.add(number: Int64(reading.revision))
        }
        record.value.add("}}")
    }

    /// "2023", "2023-Q1", "2023-03" or "2023-03-05".
    private func add(_ period: SimulatedIndicator.Period, to text: inout [UInt8]) {
        switch period {
        case .year(let year):
            text.add(number: Int64(year), width: 4)
        case .quarter(let year, let quarter):
            text.add(number: Int64(year), width: 4)
            text.add("-Q")
            text.add(number: Int64(quarter))
        case .month(let year, let month):
            text.add(number: Int64(year), width: 4)
            text.add("-")
            text.add(number: Int64(month), width: 2)
        case .day(let day):
            text.add(Array(day.iso.utf8))
        }
    }
}
