/// Writes events as CloudEvents, in either mode, into a record's buffers.
struct EventWriter: Sendable {
    let days: [CityDay]
    let firstDay: Int32
    let projects: Projects

    static let structured = [
        SimulatedRecord.Header(
            "content-type", Array("application/cloudevents+json; charset=UTF-8".utf8))
    ]

    /// What is written besides the event's own figures.
    enum Form: Equatable {
        case original
        /// New figures; the old event is `previous`.
        case correction(CityEvent)
        /// Only takes back; written at `time` (milliseconds).
        case withdrawal(time: Int64)
    }

    func write(_ event: CityEvent, _ form: Form, into record: inout SimulatedRecord) {
        record.stream = event.stream
        record.isTombstone = false
        record.partition = nil
        record.key.removeAll(keepingCapacity: true)
        addTerminal(event, to: &record.key)
        record.value.removeAll(keepingCapacity: true)
        var time = event.time
        if case .withdrawal(let at) = form { time = at }
        if event.isBinary {
            writeHeaders(event, form, time, into: &record)
            addData(event, form, to: &record.value)
            return
        }
        if event.isBare {
            record.headers.removeAll(keepingCapacity: true)
        } else {
            record.headers = Self.structured
        }
        record.value.add("{\"specversion\":\"1.0\",\"id\":\"")
        addID(event, form, to: &record.value)
        record.value.add("\",\"source\":\"/luoyang/")
        addTerminal(event, to: &record.value)
        record.value.add("\",\"type\":\"")
        record.value.add(event.stream.eventType)
        record.value.add("\",\"time\":\"")
        add(time: time, event.timeStyle, to: &record.value)
        record.value.add("\",\"datacontenttype\":\"application/json\",\"data\":")
        addData(event, form, to: &record.value)
        record.value.add("}")
    }

    private func writeHeaders(
        _ event: CityEvent, _ form: Form, _ time: Int64, into record: inout SimulatedRecord
    ) {
        var id: [UInt8] = []
        addID(event, form, to: &id)
        var source = Array("/luoyang/".utf8)
        addTerminal(event, to: &source)
        var type: [UInt8] = []
        type.add(event.stream.eventType)
        var text: [UInt8] = []
        add(time: time, event.timeStyle, to: &text)
        record.headers.removeAll(keepingCapacity: true)
        record.headers.append(.init("ce_specversion", Array("1.0".utf8)))
        record.headers.append(.init("ce_id", id))
        record.headers.append(.init("ce_source", source))
        record.headers.append(.init("ce_type", type))
        record.headers.append(.init("ce_time", text))
        record.headers.append(.init("content-type", Array("application/json".utf8)))
    }

    /// `410311-t07`.
    func addTerminal(_ event: CityEvent, to text: inout [UInt8]) {
        text.add(number: Luoyang.divisions[event.division].code)
        text.add("-t")
        text.add(number: Int64(event.terminal), width: 2)
    }

    /// `ta-20230405-10-123`; a correction's ends in `-c`, a withdrawal's in `-w`.
    private func addID(_ event: CityEvent, _ form: Form, to text: inout [UInt8]) {
        let day = days[event.hour / 24]
        text.add(event.stream.short)
        text.add("-")
        text.add(number: Int64(day.year * 10_000 + day.month * 100 + day.day))
        text.add("-")
        text.add(number: Int64(event.hour % 24), width: 2)
        text.add("-")
        text.add(number: Int64(event.index))
        switch form {
        case .original: break
        case .correction: text.add("-c")
        case .withdrawal: text.add("-w")
        }
    }

    private func addData(_ event: CityEvent, _ form: Form, to text: inout [UInt8]) {
        text.add("{")
        switch form {
        case .original:
            addMembers(event, to: &text)
        case .correction(let old):
            addMembers(event, to: &text)
            addPrevious(old, to: &text)
        case .withdrawal:
            text.add("\"division\":\"")
            text.add(number: Luoyang.divisions[event.division].code)
            text.add("\",\"withdrawn\":true")
            addPrevious(event, to: &text)
        }
        text.add("}")
    }

    private func addPrevious(_ old: CityEvent, to text: inout [UInt8]) {
        text.add(",\"previous\":{\"time\":\"")
        add(time: old.time, old.timeStyle, to: &text)
        text.add("\",")
        addMembers(old, to: &text)
        text.add("}")
    }

    /// RFC 3339.
    func add(time: Int64, _ style: CityEvent.TimeStyle, to text: inout [UInt8]) {
        let local = style == .utc ? time : time + EventSource.zoneMilliseconds
        let dayNumber = Int32(local / 86_400_000)
        let place = Int(dayNumber - firstDay)
        text.add(day: days.indices.contains(place) ? days[place] : CityDay(dayNumber))
        let ofDay = local % 86_400_000
        text.add("T")
        text.add(number: ofDay / 3_600_000, width: 2)
        text.add(":")
        text.add(number: ofDay / 60_000 % 60, width: 2)
        text.add(":")
        text.add(number: ofDay / 1_000 % 60, width: 2)
        if style == .localMilliseconds {
            text.add(".")
            text.add(number: ofDay % 1_000, width: 3)
        }
        if style == .utc { text.add("Z") } else { text.add("+08:00") }
    }
}
