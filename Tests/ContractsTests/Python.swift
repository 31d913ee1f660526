import Foundation

/// Python's jsonschema, where a machine has it, as a judge that is not ours.
enum Python {
    static let hasValidator: Bool = {
        do {
            return try run(probe, [], input: "") == "ok\n"
        } catch {
            return false
        }
    }()

    private static let probe = """
        try:
            import jsonschema, yaml
            print("ok")
        except ImportError as error:
            print(error)
        """

    static func run(_ program: String, _ arguments: [String], input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", program] + arguments
        let stdin = Pipe()
        let stdout = Pipe()
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }

    static let checks = #"""
        import json, os, sys
        import jsonschema, yaml
        folder, standard = sys.argv[1:]
        failures = []

        # The YAML is the document that was made, whoever reads it.
        made = json.load(sys.stdin)
        with open(f"{folder}/asyncapi.yaml", encoding="utf-8") as file:
            if yaml.safe_load(file) != made: failures.append("asyncapi.yaml reads differently")
        if os.path.exists(standard):
            with open(standard, encoding="utf-8") as file: schema = json.load(file)
            for error in jsonschema.Draft7Validator(schema).iter_errors(made):
                failures.append(f"asyncapi.yaml: {list(error.path)}: {error.message[:200]}")
        else:
            print(f"skipped: {standard} is not there", file=sys.stderr)

        def references(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str): yield value["$ref"]
                for item in value.values(): yield from references(item)
            elif isinstance(value, list):
                for item in value: yield from references(item)
        for reference in set(references(made)):
            if reference.startswith("#/"):
                at = made
                for part in reference[2:].split("/"): at = at.get(part) if isinstance(at, dict) else None
                if at is None: failures.append(f"asyncapi.yaml: {reference} leads nowhere")
            elif not os.path.exists(f"{folder}/{reference}"):
                failures.append(f"asyncapi.yaml: {reference} leads nowhere")

        validators = {}
        for name in os.listdir(f"{folder}/schemas"):
            with open(f"{folder}/schemas/{name}", encoding="utf-8") as file: schema = json.load(file)
            jsonschema.Draft202012Validator.check_schema(schema)
            validators[name.removesuffix(".schema.json")] = jsonschema.Draft202012Validator(schema)

        def check(kind, fits, data):
            if validators[kind].is_valid(data) != fits:
                failures.append(f"{kind}: should {'' if fits else 'not '}fit: {json.dumps(data)}")

        arrival = {"division": "410311", "visitors": 3, "spend": "4254.50", "origin": "CN-41", "site": "longmen"}
        job = {"division": "410311", "kind": "graduate", "persons": 1, "industry": "T"}
        money = {"division": "410311", "project": "P-1", "amount": 4254.5, "programme": ["major_project", "metro"]}
        figure = {"indicator": "economy.gdp-growth", "division": "410300", "period": "2023-Q1", "value": "-7.25"}
        for kind, data in [("tourism.arrival.v1", arrival), ("employment.registration.v1", job),
                           ("investment.disbursement.v1", money), ("sector.measurement.v1", figure)]:
            check(kind, True, data)
            check(kind, True, {**data, "unknown": [1, {}]})
            check(kind, False, {**data, "division": "41031"})
            check(kind, False, {k: v for k, v in data.items() if k != "division"})
            if kind == "sector.measurement.v1": continue
            old = {**data, "time": "2023-06-30T16:00:00Z"}
            check(kind, True, {**data, "previous": old})
            check(kind, True, {**data, "previous": None, "withdrawn": False})
            check(kind, False, {**data, "previous": data})
            check(kind, True, {"division": "410311", "withdrawn": True, "previous": old})
            check(kind, False, {"division": "410311", "withdrawn": True})
            check(kind, False, {"withdrawn": True, "previous": old})
            check(kind, False, {"division": "410311", "previous": old})
        for change in [{"visitors": 0}, {"visitors": 1000001}, {"visitors": "3"}, {"spend": "4254.505"},
                       {"spend": -1}, {"spend": "-1"}, {"spend": "1e3"}, {"origin": "cn-41"}, {"site": "Longmen"},
                       {"site": "a" * 65}, {"overnight": "true"}]:
            check("tourism.arrival.v1", False, {**arrival, **change})
        check("tourism.arrival.v1", True, {**arrival, "spend": None, "site": None, "overnight": True})
        for change in [{"kind": "gradute"}, {"persons": 100001}, {"industry": "U"}, {"employer": "a\nb"}]:
            check("employment.registration.v1", False, {**job, **change})
        for change in [{"programme": ["a", "a"]}, {"programme": list("abcdefghi")}, {"fund": "loan"},
                       {"project": ""}, {"project": "p" * 65}]:
            check("investment.disbursement.v1", False, {**money, **change})
        check("investment.disbursement.v1", True, {**money, "programme": "metro", "fund": "bond"})
        for change in [{"period": "2023-Q5"}, {"period": "2023-13"}, {"value": "1.1234567"}, {"indicator": "gdp"},
                       {"basis": "yearly"}, {"revision": "1"}]:
            check("sector.measurement.v1", False, {**figure, **change})

        change = {"plan": "luoyang-2023", "revision": 1, "target": "tourism.visitors", "sequence": 42,
            "from": "on_track", "to": "at_risk", "cause": "live",
            "asOf": "2023-06-30T16:00:00Z", "watermark": "2023-06-30T15:58:12Z",
            "value": "43120455", "expected": "49589041", "pace": "0.8696", "projected": "86956480",
            "goal": {"bound": "at_least", "value": "100000000", "unit": "visits", "deadline": "2023-12-31"},
            "rule": {"at_risk_below": "0.95", "off_track_below": "0.85", "recover_above": "0.97", "hold": "P1D",
                     "dwell": "P3D"},
            "positions": [{"topic": "tourism.arrivals.v1", "partition": 0, "offset": 812345, "generation": 1}],
            "previousSequence": 37}
        for kind in ["target.status-changed.v1", "target.status.v1"]:
            check(kind, True, change)
            check(kind, True, {**change, "from": None, "previousSequence": None, "value": None, "pace": None,
                               "projected": None, "watermark": None})
            for wrong in [{"to": None}, {"value": 43120455}, {"cause": "manual"}, {"sequence": 0},
                          {"expected": "1e3"}]:
                check(kind, False, {**change, **wrong})
        print("\n".join(failures) if failures else "ok")
        """#
}
