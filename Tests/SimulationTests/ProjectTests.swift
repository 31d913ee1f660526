import Testing

@testable import Simulation

@Suite struct ProjectTests {
    @Test func projectsLiveOnceAndHaveADivision() {
        let projects = settled().source.projects
        for project in projects.all {
            #expect(project.first < project.last)
            #expect(project.weight(month: project.first - 1) == 0)
            #expect(project.weight(month: project.first) > 0)
            #expect(project.weight(month: project.last + 1) == 0)
            let middle = (project.first + project.last) / 2
            #expect(project.weight(month: middle) >= project.weight(month: project.first))
            #expect(Luoyang.divisions.indices.contains(project.division))
        }
        let names = projects.all.map { "\($0.programme % 2 == 1 ? $0.programme : 0) \($0.number)" }
        #expect(Set(names).count == projects.all.count)
        let january = 2_023 * 12
        let begun = projects.all.filter { $0.first > january }
        #expect(begun.count > 200)
        #expect(begun.contains { $0.first >= january + 7 })
    }

    @Test func paymentsFollowTheProjects() throws {
        let projects = settled().source.projects
        let lives = Dictionary(
            uniqueKeysWithValues: projects.all.map { project in
                let letters = ["mp", "ki", "mp", "op"][project.programme]
                let digits = "\(10_000 + project.number)".dropFirst()
                return ("\(letters)-\(digits)", project)
            })
        var divisions: [String: Set<String>] = [:]
        for record in records(settings(events: 30_000)) where record.stream == .investment {
            switch record.kind {
            case .tick, .tombstone, .corrupt, .withdrawal: continue
            default: break
            }
            let event = try ReadEvent(record)
            if event.data["withdrawn"] as? Bool == true { continue }
            let name = try #require(event.data["project"] as? String)
            let project = try #require(lives[name])
            let time = try ReadEvent.local(event.time)
            let year = try #require(Int(time.prefix(4)))
            let month = try #require(Int(time.dropFirst(5).prefix(2)))
            #expect(project.weight(month: year * 12 + month - 1) > 0)
            divisions[name, default: []].insert(
                try #require(event.data["division"] as? String))
        }
        #expect(divisions.values.allSatisfy { $0.count == 1 })
        #expect(divisions.count > 700)
    }

    /// With few events some of the small ones get none.
    @Test func eachProjectOfTheReportIsPaidFor() {
        let city = settled(settings(events: 300_000))
        var hours = city.cells[2]
        let calendar = city.source.calendar
        var paid: [Set<Int>] = Array(repeating: [], count: 4)
        for hour in calendar.periodHour..<calendar.eventDays * 24 {
            for index in 0..<hours.count(hour: hour) {
                let place = hours.place(hour: hour, index: index)
                paid[place.kind].insert(
                    city.source.projects.project(cell: place.cell, ordinal: place.ordinal))
            }
        }
        #expect(paid[0].count + paid[2].count == 388)
        #expect(paid[1].count + paid[2].count == 480)
    }
}
