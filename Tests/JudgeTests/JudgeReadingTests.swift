import Aggregates
import Contracts
import Judge
import Ledger
import Status
import Testing

/// Targets that are fed by published figures.
@Suite struct JudgeReadingTests {
    /// A partition of readings, and a judge that reads it.
    private struct Press {
        var judge: JudgeMachine
        var readings: [MeasurementBook.Reading] = []
        private var read = 0

        init(_ targets: [TargetContract]) {
            judge = JudgeMachine(
                plan: .example(targets), streams: [.measurements], restored: .init(),
                settings: .example())
        }

        mutating func publish(
            _ value: Int64, _ period: String, _ published: Instant, revision: Int64 = 0,
            basis: MeasurementRow.Basis = .cumulative
        ) {
            let days = MeasurementPeriod(period)!
            readings.append(
                MeasurementBook.Reading(
                    topicPartition: 9, recordOffset: Int64(readings.count), period: period,
                    periodStart: days.start, periodEnd: days.end, basis: basis,
                    revision: revision, publishedAt: published, value: value * 1_000_000))
        }

        /// Judges up to the watermark: status, cause, as-of in days of Shanghai, expected.
        mutating func pass(_ watermark: Instant) -> [String] {
            let partition = StreamView.Partition(
                topicPartition: 9, topic: "sector.measurements.v1", partition: 0, generation: 1,
                nextOffset: Int64(readings.count), watermark: watermark, isHalted: false,
                isAtEnd: true, isUnread: readings.isEmpty, age: .seconds(60))
            let subjects = Set(judge.desks[0].indicators)
            var touches: [StreamView.Touch] = []
            for reading in readings[read...] {
                for subject in subjects {
                    touches.append(
                        .init(
                            topicPartition: 9, generation: 1,
                            nextOffset: reading.recordOffset + 1, subject: subject,
                            hour: shanghai.startOfHour(at: reading.publishedAt), kinds: 1))
                }
            }
            read = readings.count
            let view = StreamView(
                partitions: [partition], touches: touches, touchRows: touches.count)
            for (stream, reload) in judge.observed(["sector.measurements": view]) {
                var figures = StreamDesk.Figures()
                for subject in subjects { figures.readings[subject] = readings }
                judge.loaded(figures, stream: stream, split: reload.split)
            }
            judge.schedule(at: at("2026-01-01"))
            var lines: [String] = []
            while let judgement = judge.judge() {
                for change in judgement.changes.map(\.change) {
                    let asOf = change.assessment.asOf.adding(.hours(8)).rfc3339.prefix(10)
                    lines.append(
                        "\(change.change.to.rawValue) \(change.cause.rawValue) \(asOf) "
                            + Figure.format(change.assessment.expected, scale: change.scale))
                }
            }
            return lines
        }
    }

    private func total(_ kind: TargetContract.Kind = .total) -> TargetContract {
        var target = TargetContract.growth(rule: .example(grace: .days(45)))
        (target.kind, target.value, target.slack) = (kind, 3_650, 3_650)
        target.trajectory = .linear
        return target
    }

    /// A quarter's figure is held against the quarter's end until the next one is out.
    @Test func heldAgainstTheEndOfItsPeriod() {
        var press = Press([total()])
        press.publish(900, "2023-Q1", at("2023-04-18", 10))
        #expect(
            press.pass(at("2023-07-10")) == [
                "no_data clock 2023-01-01 0", "on_track live 2023-04-18 900",
            ])
        press.publish(1_500, "2023-Q2", at("2023-07-18", 10))
        #expect(press.pass(at("2023-08-01")) == ["off_track live 2023-07-18 1810"])
    }

    /// A total that was achieved is reopened by a revision downwards, and missed where that comes
    /// after the deadline; so is it by what replaces a figure in the same edition.
    @Test func aRevisionReopensWhatWasAchieved() {
        for revision in [Int64(0), 1] {
            var press = Press([total()])
            press.publish(3_700, "2023-11", at("2023-12-10", 10))
            #expect(press.pass(at("2023-12-12")).last == "achieved live 2023-12-10 3340")
            press.publish(3_400, "2023-11", at("2023-12-20", 10), revision: revision)
            #expect(press.pass(at("2023-12-22")) == ["on_track correction 2023-12-20 3340"])
            press.publish(3_650, "2023", at("2024-01-20", 10))
            #expect(press.pass(at("2024-01-21")) == ["achieved live 2024-01-20 3650"])
            press.publish(3_649, "2023", at("2024-03-20", 10), revision: revision)
            #expect(press.pass(at("2024-03-21")) == ["missed correction 2024-03-20 3650"])
        }
    }

    /// An older revision that arrives late replaces nothing; another period's figure is news.
    @Test func onlyWhatReplacesIsACorrection() {
        var press = Press([total()])
        press.publish(900, "2023-Q1", at("2023-04-18", 10), revision: 2)
        #expect(press.pass(at("2023-04-20")).last == "on_track live 2023-04-18 900")
        press.publish(100, "2023-Q1", at("2023-04-21", 10), revision: 1)
        #expect(press.pass(at("2023-04-22")) == [])
        press.publish(910, "2023-04", at("2023-05-10", 10), revision: 3)
        #expect(press.pass(at("2023-05-12")) == ["off_track live 2023-05-10 1200"])
        press.publish(1_190, "2023-04", at("2023-05-20", 10), revision: 4)
        #expect(press.pass(at("2023-05-22")) == ["on_track correction 2023-05-20 1200"])
    }

    /// The date of a milestone nears without a word; a report then makes it good.
    @Test func milestonesWarnByTheClock() {
        var milestone = TargetContract.growth(rule: .example(warnBefore: .days(30)))
        (milestone.kind, milestone.value, milestone.deadline) = (.milestone, 1, day("2023-06-30"))
        milestone.trajectory = .steps([
            .init(day: day("2023-06-30"), shareMillionths: 1_000_000)
        ])
        var press = Press([milestone])
        press.publish(0, "2022", at("2022-12-20"))
        #expect(
            press.pass(at("2023-06-10")) == [
                "on_track live 2023-01-01 0",
                "at_risk clock 2023-06-01 0",
            ])
        press.publish(1, "2023-06", at("2023-06-12", 10))
        #expect(press.pass(at("2023-06-13")) == ["achieved live 2023-06-12 0"])
    }
}
