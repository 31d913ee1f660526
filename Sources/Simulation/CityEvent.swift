/// One event of the city before it is written: what happened, where, when.
struct CityEvent: Equatable {
    var stream: SimulatedStream
    /// Milliseconds since 1970.
    var time: Int64
    var hour: Int
    var index: Int
    var division: Int
    /// The reporting device or desk: its name is the record's key and part of `source`.
    var terminal: Int
    /// Visitors, persons, or the amount in fen.
    var figure: Int64
    /// Spend in fen; -1 where it was not asked.
    var spend: Int64 = -1
    /// Origin, industry or fund: an index into the city's table; -1 where not given.
    var member = -1
    /// Site (index within the division; -1 where not given), kind of registration, or programme.
    var sort = -1
    /// 1 overnight, 0 not, -1 not given.
    var overnight = -1
    /// Number of the employer (0: not given) or the project's place in the list.
    var party = 0
    var timeStyle = TimeStyle.local
    var isBinary = false
    /// A structured event without the header that would say so.
    var isBare = false

    enum TimeStyle { case local, localMilliseconds, utc }
}
