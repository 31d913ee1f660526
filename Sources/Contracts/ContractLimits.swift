/// How much the files of `Topics/` may hold. What reads events, buckets and plans relies on these.
package enum ContractLimits {
    package static let fileBytesMax = 2 << 20
    package static let nodesMax = 100_000
    package static let depthMax = 16
    /// Problems that are told of one file; the rest is counted.
    package static let problemsMax = 50

    package static let streamsMax = 64
    package static let plansMax = 64
    package static let scenariosMax = 64
    package static let partitionsMax = 1_024
    /// Fields of an event that are read: the size of the decoder's flat structure.
    package static let fieldsMax = 16
    /// Members of a list field: the size of the decoder's flat structure.
    package static let listMax = 8
    package static let wordsMax = 256
    package static let metricsMax = 64
    package static let breakdownsMax = 4
    package static let ignorableTypesMax = 16
    package static let targetsMax = 2_000
    package static let areasMax = 64
    package static let divisionsMax = 1_000
    package static let knotsMax = 400
    package static let nameLengthMax = 128
    package static let titleLengthMax = 400
    /// Decimals of a figure.
    package static let scaleMax = 6
}
