/// The city: who reports, from where, about what. Weights are parts of the sum of their own table.
enum Luoyang {
    struct Division: Sendable {
        /// GB/T 2260; the last is the High-Tech Zone's code in the statistical divisions.
        var code: Int64
        var tourism: Int
        var employment: Int
        var investment: Int
        var sites: [StaticString]
    }

    static let city: Int64 = 410_300

    /// Seven districts, seven counties and the High-Tech Zone.
    static let divisions: [Division] = [
        Division(
            code: 410_302, tourism: 120, employment: 55, investment: 40,
            sites: ["luoyi-ancient-city", "mingtang-tiantang", "yingtian-gate"]),
        Division(
            code: 410_303, tourism: 80, employment: 70, investment: 50,
            sites: ["wangcheng-park", "sui-tang-ruins-garden"]),
        Division(
            code: 410_304, tourism: 35, employment: 40, investment: 35,
            sites: ["folk-customs-museum", "grand-canal-museum"]),
        Division(
            code: 410_305, tourism: 60, employment: 110, investment: 85,
            sites: ["tractor-museum", "peony-park"]),
        Division(
            code: 410_307, tourism: 55, employment: 85, investment: 95,
            sites: ["erlitou-museum", "shangcheng-museum"]),
        Division(
            code: 410_308, tourism: 50, employment: 70, investment: 90,
            sites: ["xiaolangdi", "hanguang-mausoleum", "weijiapo"]),
        Division(
            code: 410_311, tourism: 210, employment: 100, investment: 120,
            sites: [
                "longmen-grottoes", "white-horse-temple", "guanlin", "luoyang-museum",
                "flower-garden",
            ]),
        Division(
            code: 410_323, tourism: 55, employment: 75, investment: 105,
            sites: ["hangu-pass", "longtan-canyon", "qianling-tang-museum"]),
        Division(
            code: 410_324, tourism: 130, employment: 50, investment: 60,
            sites: ["laojun-mountain", "jiguan-cave", "chongdugou"]),
        Division(
            code: 410_325, tourism: 75, employment: 65, investment: 50,
            sites: ["baiyun-mountain", "tianchi-mountain", "muzhajie"]),
        Division(
            code: 410_326, tourism: 30, employment: 60, investment: 55,
            sites: ["xitai-mountain", "dinosaur-museum"]),
        Division(
            code: 410_327, tourism: 30, employment: 75, investment: 55,
            sites: ["huaguo-mountain", "lingshan-temple"]),
        Division(
            code: 410_328, tourism: 30, employment: 55, investment: 45,
            sites: ["shenlingzhai", "cangjie-park"]),
        Division(
            code: 410_329, tourism: 25, employment: 80, investment: 75,
            sites: ["ercheng-garden", "heyuan-town"]),
        Division(
            code: 410_371, tourism: 15, employment: 50, investment: 80,
            sites: ["zhoushan-park"]),
    ]

    /// Where visitors come from: most from the province, the rest falls off quickly.
    static let origins: [(code: StaticString, weight: Int)] = [
        ("CN-41", 4_600), ("CN-14", 760), ("CN-61", 720), ("CN-13", 560), ("CN-37", 540),
        ("CN-32", 420),
        ("CN-42", 400), ("CN-34", 330), ("CN-11", 310), ("CN-44", 220), ("CN-33", 200),
        ("CN-31", 180),
        ("CN-51", 140), ("CN-43", 120), ("CN-12", 100), ("CN-36", 70), ("CN-50", 60), ("CN-62", 55),
        ("CN-15", 50), ("CN-21", 45), ("CN-35", 40), ("CN-23", 30), ("CN-22", 26), ("CN-45", 20),
        ("CN-64", 16), ("CN-52", 14), ("CN-53", 12), ("CN-65", 10), ("CN-63", 6), ("CN-46", 5),
        ("CN-54", 2),
        ("HK", 9), ("TW", 7), ("JP", 7), ("KR", 6), ("MO", 3), ("MY", 3), ("SG", 3), ("US", 3),
        ("TH", 2),
        ("RU", 2), ("FR", 1), ("DE", 1), ("GB", 1), ("AU", 1),
    ]

    static let industries: [(code: StaticString, weight: Int)] = [
        ("A", 90), ("B", 20), ("C", 260), ("D", 12), ("E", 130), ("F", 120), ("G", 50), ("H", 80),
        ("I", 40),
        ("J", 15), ("K", 20), ("L", 40), ("M", 25), ("N", 12), ("O", 40), ("P", 30), ("Q", 30),
        ("R", 14),
        ("S", 12),
    ]

    static let funds: [(code: StaticString, weight: Int)] = [
        ("private", 470), ("municipal", 140), ("bond", 140), ("provincial", 110), ("central", 100),
        ("foreign", 40),
    ]
}

/// A choice among weighted rows in a few comparisons.
struct WeightedChoice: Sendable {
    private let ends: [Int]

    init(_ weights: [Int]) {
        var sum = 0
        ends = weights.map { weight in
            sum += weight
            return sum
        }
    }

    func pick(_ dice: inout Dice) -> Int {
        let draw = dice.below(ends[ends.count - 1])
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if draw < ends[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
