/// The members of each stream's `data`.
extension EventWriter {
    func addMembers(_ event: CityEvent, to text: inout [UInt8]) {
        text.add("\"division\":\"")
        text.add(number: Luoyang.divisions[event.division].code)
        text.add("\"")
        switch event.stream {
        case .tourism: addArrival(event, to: &text)
        case .employment: addRegistration(event, to: &text)
        case .investment, .measurements: addDisbursement(event, to: &text)
        }
    }

    private func addArrival(_ event: CityEvent, to text: inout [UInt8]) {
        text.add(",\"visitors\":")
        text.add(number: event.figure)
        if event.spend >= 0 {
            text.add(",\"spend\":\"")
            text.add(decimal: event.spend, scale: 2)
            text.add("\"")
        }
        if event.member >= 0 {
            text.add(",\"origin\":\"")
            text.add(Luoyang.origins[event.member].code)
            text.add("\"")
        }
        if event.sort >= 0 {
            text.add(",\"site\":\"")
            text.add(Luoyang.divisions[event.division].sites[event.sort].slug)
            text.add("\"")
        }
        if event.overnight >= 0 {
            if event.overnight == 1 {
                text.add(",\"overnight\":true")
            } else {
                text.add(",\"overnight\":false")
            }
        }
    }

    private func addRegistration(_ event: CityEvent, to text: inout [UInt8]) {
        text.add(",\"kind\":\"")
        text.add(CityTruth.kinds[event.sort].word)
        text.add("\",\"persons\":")
        text.add(number: event.figure)
        if event.member >= 0 {
            text.add(",\"industry\":\"")
            text.add(Luoyang.industries[event.member].code)
            text.add("\"")
        }
        if event.party > 0 {
            text.add(",\"employer\":\"e-")
            text.add(number: Int64(event.party), width: 5)
            text.add("\"")
        }
    }

    private func addDisbursement(_ event: CityEvent, to text: inout [UInt8]) {
        text.add(",\"project\":\"")
        let number = projects.all[event.party].number
        switch event.sort {
        case CityTruth.Programme.key: text.add("ki-")
        case CityTruth.Programme.other: text.add("op-")
        default: text.add("mp-")
        }
        text.add(number: Int64(number), width: 4)
        text.add("\",\"amount\":")
        // Some systems send numbers, some texts; both are exact.
        if event.terminal % 5 == 0 {
            text.add(decimal: event.figure, scale: 2)
        } else {
            text.add("\"")
            text.add(decimal: event.figure, scale: 2)
            text.add("\"")
        }
        switch event.sort {
        case CityTruth.Programme.major: text.add(",\"programme\":\"major_project\"")
        case CityTruth.Programme.key: text.add(",\"programme\":\"industrial_key_project\"")
        case CityTruth.Programme.both:
            text.add(",\"programme\":[\"major_project\",\"industrial_key_project\"]")
        default:
            if number % 3 > 0 {
                text.add(",\"programme\":\"")
                text.add(number % 3 == 1 ? "urban-renewal" : "rural-revitalisation")
                text.add("\"")
            }
        }
        if event.member >= 0 {
            text.add(",\"fund\":\"")
            text.add(Luoyang.funds[event.member])
            text.add("\"")
        }
    }
}
