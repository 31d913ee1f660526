internal import CPostgres

/// What a statement answered: its rows, in binary, and its command tag.
package struct PostgresRows: Sendable {
    private let result: ResultHandle

    init(_ result: ResultHandle) { self.result = result }

    package var count: Int { result.rows }
    package var isEmpty: Bool { count == 0 }
    /// For example `INSERT 0 5`, `COMMIT` or `ROLLBACK`.
    package var commandTag: String { result.commandTag }
    /// Rows that an insert, update or delete touched, or a select returned.
    package var affected: Int { result.affected }

    package subscript(row: Int) -> PostgresRow {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        return PostgresRow(result: result, row: Int32(row))
    }

    /// The first row, where there is one.
    package var first: PostgresRow? { isEmpty ? nil : self[0] }
}

extension PostgresRows: Sequence {
    package struct Iterator: IteratorProtocol {
        let rows: PostgresRows
        var position = 0

        package mutating func next() -> PostgresRow? {
            guard position < rows.count else { return nil }
            defer { position += 1 }
            return rows[position]
        }
    }

    package func makeIterator() -> Iterator { Iterator(rows: self) }
}

/// Owns a `PGresult`.
///
/// Unchecked: a result is not changed after it was made, so that threads may read it together
/// (libpq, "Behavior in Threaded Programs").
final class ResultHandle: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rows: Int

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        rows = Int(PQntuples(pointer))
    }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }
    var affected: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func type(_ column: Int32) -> UInt32 { PQftype(pointer, column) }

    func isNull(_ row: Int32, _ column: Int32) -> Bool { PQgetisnull(pointer, row, column) != 0 }

    /// Valid as long as the result.
    func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer {
        precondition(column >= 0 && column < PQnfields(pointer), "column \(column)")
        return UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
    }

    /// A field of the error that the result carries.
    func errorField(_ field: Character) -> String? {
        guard let code = field.asciiValue else { return nil }
        return PQresultErrorField(pointer, Int32(code)).map { String(cString: $0) }
    }
}
