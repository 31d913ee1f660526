/// The city: who reports, from where, about what. Weights are parts of the sum of their own table;
/// the names and codes are real, the weights are assumptions.
enum Luoyang {
    struct Division: Sendable {
        var code: Int64
        var landscape: Landscape
        /// In parts of the city: visitors, urban jobs, transfers and training of country people,
        /// of those lifted out of poverty, investment, investment of industry.
        var tourism: Int64
        var urban: Int64
        var rural: Int64
        var lifted: Int64
        var investment: Int64
        var industry: Int64
        var sites: [Site]
    }

    /// What a division's season depends on.
    enum Landscape: Sendable { case oldTown, city, plain, mountains }

    struct Site: Sendable {
        enum Kind: Sendable { case indoor, outdoor, garden, mountain }
        var slug: StaticString
        var kind: Kind
        var weight: Int
        init(_ slug: StaticString, _ kind: Kind, _ weight: Int) {
            self.slug = slug
            self.kind = kind
            self.weight = weight
        }
    }

    static let city: Int64 = 410_300

    /// The seven districts and seven counties of GB/T 2260 (as of 2021, when Yanshi became a
    /// district and Jili was joined with Mengjin; unchanged in 2023), and 410371: the High-Tech
    /// Zone has no code there, this is the one that the statistics bureau's own divisions give it.
    static let divisions: [Division] = [
        Division(
            code: 410_302, landscape: .oldTown, tourism: 120, urban: 60, rural: 5, lifted: 2,
            investment: 40, industry: 15,
            sites: [
                Site("luoyi-ancient-city", .outdoor, 50), Site("mingtang-tiantang", .indoor, 25),
                Site("yingtian-gate", .outdoor, 20), Site("lijing-gate", .outdoor, 15),
                Site("national-peony-garden", .garden, 12),
            ]),
        Division(
            code: 410_303, landscape: .city, tourism: 80, urban: 85, rural: 5, lifted: 2,
            investment: 50, industry: 20,
            sites: [
                Site("wangcheng-park", .garden, 40), Site("tianzi-jialiu-museum", .indoor, 15),
                Site("xigong-alley", .outdoor, 20),
            ]),
        Division(
            code: 410_304, landscape: .city, tourism: 35, urban: 45, rural: 5, lifted: 2,
            investment: 35, industry: 15,
            sites: [
                Site("folk-customs-museum", .indoor, 15), Site("grand-canal-museum", .indoor, 30),
            ]),
        Division(
            code: 410_305, landscape: .city, tourism: 60, urban: 140, rural: 6, lifted: 3,
            investment: 85, industry: 130,
            sites: [
                Site("tractor-museum", .indoor, 20), Site("peony-park", .garden, 20),
                Site("xiyuan-park", .garden, 15),
            ]),
        Division(
            code: 410_307, landscape: .plain, tourism: 55, urban: 85, rural: 95, lifted: 45,
            investment: 95, industry: 110,
            sites: [
                Site("erlitou-museum", .indoor, 40), Site("shangcheng-museum", .indoor, 15),
                Site("xuanzang-hometown", .outdoor, 10),
            ]),
        Division(
            code: 410_308, landscape: .plain, tourism: 50, urban: 70, rural: 85, lifted: 40,
            investment: 90, industry: 115,
            sites: [
                Site("xiaolangdi", .outdoor, 30), Site("hanguang-mausoleum", .outdoor, 12),
                Site("weijiapo", .outdoor, 18), Site("longma-temple", .outdoor, 8),
            ]),
        Division(
            code: 410_311, landscape: .city, tourism: 210, urban: 130, rural: 25, lifted: 10,
            investment: 120, industry: 60,
            sites: [
                Site("longmen-grottoes", .outdoor, 80), Site("white-horse-temple", .outdoor, 35),
                Site("guanlin", .outdoor, 20), Site("luoyang-museum", .indoor, 40),
                Site("flower-garden", .garden, 14), Site("sui-tang-ruins-garden", .garden, 18),
            ]),
        Division(
            code: 410_323, landscape: .plain, tourism: 55, urban: 60, rural: 80, lifted: 55,
            investment: 105, industry: 125,
            sites: [
                Site("hangu-pass", .outdoor, 12), Site("longtan-canyon", .mountain, 30),
                Site("daimei-mountain", .mountain, 18), Site("thousand-tang-epitaphs", .indoor, 8),
            ]),
        Division(
            code: 410_324, landscape: .mountains, tourism: 130, urban: 35, rural: 60, lifted: 120,
            investment: 60, industry: 45,
            sites: [
                Site("laojun-mountain", .mountain, 60), Site("jiguan-cave", .indoor, 30),
                Site("chongdugou", .mountain, 25), Site("longyuwan", .mountain, 10),
            ]),
        Division(
            code: 410_325, landscape: .mountains, tourism: 75, urban: 40, rural: 110, lifted: 190,
            investment: 50, industry: 30,
            sites: [
                Site("baiyun-mountain", .mountain, 45), Site("tianchi-mountain", .mountain, 15),
                Site("muzhaling", .mountain, 15),
            ]),
        Division(
            code: 410_326, landscape: .mountains, tourism: 30, urban: 40, rural: 95, lifted: 140,
            investment: 55, industry: 45,
            sites: [
                Site("xitai-mountain", .mountain, 20), Site("dinosaur-museum", .indoor, 10),
                Site("dukang-valley", .outdoor, 8),
            ]),
        Division(
            code: 410_327, landscape: .plain, tourism: 30, urban: 50, rural: 130, lifted: 160,
            investment: 55, industry: 45,
            sites: [
                Site("huaguo-mountain", .mountain, 15), Site("lingshan-temple", .outdoor, 12),
            ]),
        Division(
            code: 410_328, landscape: .mountains, tourism: 30, urban: 35, rural: 95, lifted: 150,
            investment: 45, industry: 35,
            sites: [
                Site("shenlingzhai", .mountain, 20), Site("cangjie-park", .outdoor, 6),
            ]),
        Division(
            code: 410_329, landscape: .plain, tourism: 25, urban: 65, rural: 140, lifted: 75,
            investment: 75, industry: 100,
            sites: [
                Site("ercheng-garden", .outdoor, 8), Site("heming-canyon", .mountain, 10),
            ]),
        Division(
            code: 410_371, landscape: .city, tourism: 15, urban: 60, rural: 4, lifted: 1,
            investment: 80, industry: 120,
            sites: [Site("zhoushan-park", .outdoor, 10)]),
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
        ("RU", 2), ("FR", 1), ("DE", 1), ("GB", 1), ("AU", 1), ("ID", 1), ("VN", 1), ("IN", 1),
        ("CA", 1), ("IT", 1), ("ES", 1), ("KZ", 1),
    ]
    /// The neighbours come first: Henan, Shanxi, Shaanxi, Hebei, Shandong.
    static let nearOrigins = 5
    static let homeOrigins = 31

    /// Sections of GB/T 4754, for jobs in the city, of country people, and of graduates.
    static let industries: [(code: StaticString, city: Int, rural: Int, graduates: Int)] = [
        ("A", 25, 160, 10), ("B", 15, 40, 6), ("C", 260, 280, 200), ("D", 14, 8, 20),
        ("E", 90, 240, 50), ("F", 150, 90, 90), ("G", 60, 60, 30), ("H", 110, 90, 40),
        ("I", 60, 6, 130), ("J", 20, 2, 40), ("K", 30, 10, 30), ("L", 55, 30, 60),
        ("M", 35, 4, 80), ("N", 14, 16, 10), ("O", 50, 70, 20), ("P", 35, 4, 110),
        ("Q", 40, 6, 70), ("R", 18, 6, 24), ("S", 12, 4, 60), ("T", 1, 1, 0),
    ]

    static let funds: [StaticString] = [
        "private", "municipal", "bond", "provincial", "central", "foreign",
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

    func pick(_ dice: inout Dice) -> Int { pick(bits: dice.next()) }

    /// By 64 bits that are even over their whole range.
    func pick(bits: UInt64) -> Int {
        let whole = UInt64(ends[ends.count - 1])
        let draw = Int(truncatingIfNeeded: bits.multipliedFullWidth(by: whole).high)
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if draw < ends[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
