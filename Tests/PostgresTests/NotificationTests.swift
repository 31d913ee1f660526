import Dispatch
import HeadwayTesting
import Postgres
import Testing

struct NotificationTests {
    let database: ScratchDatabase

    init() throws { database = try ScratchPostgres.shared().database() }

    @Test func notificationsArrive() throws {
        var listener = try database.connect()
        var sender = try database.connect()
        try listener.listen("headway_commit")
        _ = try sender.query(
            "select pg_notify('headway_commit', 'a'), pg_notify('headway_commit', 'b')")
        var heard: [PostgresNotification] = []
        while heard.count < 2 { heard += try listener.waitForNotifications(timeout: .seconds(10)) }
        #expect(heard.map(\.payload) == ["a", "b"])
        #expect(heard.map(\.channel) == ["headway_commit", "headway_commit"])
    }

    @Test func aNotificationThatCameWithAnAnswerIsNotMissed() throws {
        var connection = try database.connect()
        try connection.listen("c")
        _ = try connection.query("select pg_notify('c', 'own')")
        _ = try connection.query("select 1")
        #expect(
            try connection.waitForNotifications(timeout: .seconds(10)).map(\.payload) == ["own"])
    }

    @Test func aWakeEndsTheWaitAlsoWhenItCameFirst() throws {
        var connection = try database.connect()
        try connection.listen("c")
        let wake = try PostgresWake()
        wake.wake()
        wake.wake()
        let begun = ContinuousClock.now
        #expect(try connection.waitForNotifications(timeout: .seconds(60), or: wake).isEmpty)
        DispatchQueue.global().async { wake.wake() }
        #expect(try connection.waitForNotifications(timeout: .seconds(60), or: wake).isEmpty)
        #expect(ContinuousClock.now - begun < .seconds(30))
        // Both were taken back: nothing is left to end this one early.
        #expect(try connection.waitForNotifications(timeout: .milliseconds(50), or: wake).isEmpty)
        #expect(try connection.query("select 1")[0].int8(0) == 1)
    }

    @Test func aSessionThatEndsWhileWaitingIsALostConnection() throws {
        var connection = try database.connect()
        var other = try database.connect()
        try connection.listen("c")
        _ = try other.query("select pg_terminate_backend($1, 5000)", [.int4(connection.backendPID)])
        let failure = #expect(throws: PostgresFailure.self) {
            try connection.waitForNotifications(timeout: .seconds(60))
        }
        #expect(failure?.kind == .connection)
    }
}
