/// One sector topic and its contract, as a file of `Topics/streams` declares it.
package struct StreamContract: Sendable, Equatable {
    /// What an event of the stream does to the ledger.
    package enum Kind: String, Sendable, CaseIterable {
        /// Folded into buckets by the stream's metrics.
        case events
        /// Kept per indicator, division and period, with revisions.
        case measurements
    }

    /// The stream's name, for example `tourism.arrivals`.
    package var name: String
    package var kind: Kind
    package var topic: TopicContract
    /// The zone in which hours and days of the stream's buckets begin.
    package var zone: Zone
    /// The one CloudEvents `type` that is read.
    package var eventType: String
    /// Types that are skipped, not dead-lettered. Their `time` still moves the watermark.
    package var ignorableTypes: [String]
    /// How far ahead of its record's timestamp an event's time may lie.
    package var futureLimit: Duration
    /// How far the watermark stays behind the latest event time that was seen.
    package var outOfOrder: Duration
    /// The members of `data` that are read, in the order of the file. At most
    /// `ContractLimits.fieldsMax`.
    package var fields: [FieldContract]
    package var metrics: [MetricContract]

    package init(
        name: String, kind: Kind, topic: TopicContract, zone: Zone, eventType: String,
        ignorableTypes: [String], futureLimit: Duration, outOfOrder: Duration,
        fields: [FieldContract], metrics: [MetricContract]
    ) {
        self.name = name
        self.kind = kind
        self.topic = topic
        self.zone = zone
        self.eventType = eventType
        self.ignorableTypes = ignorableTypes
        self.futureLimit = futureLimit
        self.outOfOrder = outOfOrder
        self.fields = fields
        self.metrics = metrics
    }
}

/// A topic and the settings that it is created with.
package struct TopicContract: Sendable, Equatable {
    package var name: String
    package var partitions: Int
    /// Kafka's topic settings, for example `cleanup.policy`. Passed through.
    package var settings: [String: String]

    package init(
        name: String, partitions: Int, settings: [String: String]
    ) {
        self.name = name
        self.partitions = partitions
        self.settings = settings
    }
}

/// One member of an event's `data`.
package struct FieldContract: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Six digits of GB/T 2260, read as an integer (410311).
        case division
        /// A JSON integer within the bounds.
        case integer(min: Int64, max: Int64)
        /// A string or number with at most `scale` decimals, read exactly as an integer of
        /// 10^-scale units.
        case decimal(scale: Int, min: Int64, max: Int64)
        case boolean
        /// One of the words.
        case word([String])
        /// A lower-case slug: `[a-z0-9][a-z0-9_-]*`.
        case slug(maxLength: Int)
        /// Slug or list of at most `maxCount` different slugs.
        case slugs(maxLength: Int, maxCount: Int)
        /// ISO 3166-1 alpha-2 or 3166-2 code: `[A-Z]{2}(-[A-Z0-9]{1,3})?`.
        case region
        /// Any text of `minLength` to `maxLength` characters, without control characters.
        case text(minLength: Int, maxLength: Int)
        /// An indicator: a dotted slug such as `economy.gdp-growth`.
        case indicator
        /// "2023", "2023-Q1", "2023-03" or "2023-03-05".
        case period
    }

    package var name: String
    package var kind: Kind
    package var required: Bool

    package init(
        name: String, kind: Kind, required: Bool
    ) {
        self.name = name
        self.kind = kind
        self.required = required
    }
}

/// A named aggregate of one stream.
package struct MetricContract: Sendable, Equatable {
    package enum Measure: Sendable, Equatable {
        /// The sum of a field (its name).
        case sum(String)
        /// The count of events.
        case count
    }

    package enum Filter: Sendable, Equatable {
        case isTrue(field: String)
        /// A `word`, `slug` or `slugs` field that is, or has, the value.
        case equals(field: String, value: String)
    }

    /// For example `tourism.visitors`.
    package var name: String
    package var measure: Measure
    package var filter: Filter?
    /// Names of the fields by whose members the metric is broken down. A `slugs` field counts in
    /// each.
    package var breakdowns: [String]
    /// Decimals of the measure: a value of the ledger is an integer of 10^-scale units.
    package var scale: Int
    /// The base unit, for example `persons` or `CNY`.
    package var unit: String

    package init(
        name: String, measure: Measure, filter: Filter?, breakdowns: [String], scale: Int,
        unit: String
    ) {
        self.name = name
        self.measure = measure
        self.filter = filter
        self.breakdowns = breakdowns
        self.scale = scale
        self.unit = unit
    }
}
