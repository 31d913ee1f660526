import HeadwayTesting
import Postgres
import Testing

struct PoolTests {
    let database: ScratchDatabase

    init() throws { database = try ScratchPostgres.shared().database() }

    private func pid(_ connection: inout PostgresConnection) throws(PostgresFailure) -> Int32 {
        try connection.query("select pg_backend_pid()")[0].int4(0)
    }

    @Test func connectionsAreReusedAndBounded() throws {
        let pool = PostgresPool(
            settings: database.settings, connectionsMax: 1, borrowTimeout: .milliseconds(50))
        let first = try pool.withConnection { (c) throws(PostgresFailure) -> Int32 in
            let failure = #expect(throws: PostgresFailure.self) {
                try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) }
            }
            #expect(failure?.kind == .resources)
            return try pid(&c)
        }
        let second = try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) }
        #expect(first == second)
        #expect(pool.idleCount == 1)
    }

    @Test func brokenOnesAndOpenTransactionsDoNotGoBack() throws {
        let pool = PostgresPool(settings: database.settings, connectionsMax: 1)
        let first = try pool.withConnection { (c) throws(PostgresFailure) -> Int32 in
            try c.begin()
            return try pid(&c)
        }
        #expect(pool.idleCount == 0)
        #expect(throws: PostgresFailure.self) {
            try pool.withConnection { (c) throws(PostgresFailure) -> Void in
                #expect(c.backendPID != first)
                _ = try c.query("select pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(pool.idleCount == 0)
        #expect(try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) } != first)
    }

    @Test func aSessionThatTheServerEndedMeanwhileIsNotLentAgain() throws {
        let pool = PostgresPool(settings: database.settings, connectionsMax: 2)
        let ended = try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) }
        var other = try database.connect()
        _ = try other.query("select pg_terminate_backend($1, 5000)", [.int4(ended)])
        #expect(try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) } != ended)
    }

    @Test func closedConnectionsAreClosedOnTheServer() throws {
        let pool = PostgresPool(settings: database.settings, connectionsMax: 2)
        let closed = try pool.withConnection { (c) throws(PostgresFailure) in try pid(&c) }
        pool.closeIdle()
        var other = try database.connect()
        // Waits until the backend is gone; true at once when it is already.
        let gone = try other.query(
            "select not exists (select from pg_stat_activity where pid = $1) or pg_terminate_backend($1, 5000)",
            [.int4(closed)])
        #expect(gone[0].bool(0))
    }
}
