import Contracts

/// The four streams of CONTRACT.md, made by hand: the decoder is tested apart from the files of `Topics/`.
enum Streams {
    static let division = FieldContract(name: "division", kind: .division, required: true)

    static func stream(
        _ name: String, _ type: String, _ fields: [FieldContract], kind: StreamContract.Kind = .events
    ) -> StreamContract {
        StreamContract(
            name: name, kind: kind,
            topic: TopicContract(name: name + ".v1", partitions: 1, settings: [:]),
            zone: Zone(identifier: "Asia/Shanghai")!, eventType: type,
            ignorableTypes: ["headway.tick.v1"], futureLimit: .seconds(86_400),
            outOfOrder: .seconds(3_600), fields: fields, metrics: [])
    }

    static let tourism = stream(
        "tourism.arrivals", "tourism.arrival.v1",
        [
            division,
            FieldContract(name: "visitors", kind: .integer(min: 1, max: 1_000_000), required: true),
            FieldContract(name: "spend", kind: .decimal(scale: 2, min: 0, max: .max), required: false),
            FieldContract(name: "origin", kind: .region, required: false),
            FieldContract(name: "site", kind: .slug(maxLength: 64), required: false),
            FieldContract(name: "overnight", kind: .boolean, required: false),
        ])

    static let employment = stream(
        "employment.registrations", "employment.registration.v1",
        [
            division,
            FieldContract(
                name: "kind",
                kind: .word([
                    "urban_new_job", "reemployment", "hardship_placement", "rural_transfer",
                    "lifted_transfer", "returnee_entrepreneur", "graduate", "skills_training",
                ]), required: true),
            FieldContract(name: "persons", kind: .integer(min: 1, max: 100_000), required: true),
            FieldContract(
                name: "industry", kind: .word("ABCDEFGHIJKLMNOPQRST".map { String($0) }), required: false),
            FieldContract(name: "employer", kind: .text(minLength: 1, maxLength: 128), required: false),
        ])

    static let investment = stream(
        "investment.disbursements", "investment.disbursement.v1",
        [
            division,
            FieldContract(name: "project", kind: .text(minLength: 1, maxLength: 64), required: true),
            FieldContract(name: "amount", kind: .decimal(scale: 2, min: 0, max: .max), required: true),
            FieldContract(
                name: "programme", kind: .slugs(maxLength: 64, maxCount: 8), required: false),
            FieldContract(
                name: "fund",
                kind: .word(["central", "provincial", "municipal", "private", "foreign", "bond"]),
                required: false),
        ])

    static let measurements = stream(
        "sector.measurements", "sector.measurement.v1",
        [
            FieldContract(name: "indicator", kind: .indicator, required: true),
            division,
            FieldContract(name: "period", kind: .period, required: true),
            FieldContract(name: "value", kind: .decimal(scale: 6, min: .min, max: .max), required: true),
            FieldContract(name: "unit", kind: .text(minLength: 1, maxLength: 64), required: false),
            FieldContract(name: "basis", kind: .word(["cumulative", "period"]), required: false),
            FieldContract(name: "revision", kind: .integer(min: 0, max: .max), required: false),
        ], kind: .measurements)

    static let all = [tourism, employment, investment, measurements]

    static func named(_ name: String) -> StreamContract? { all.first { $0.name == name } }
}
