import Contracts
import Foundation

/// A file of events: one CloudEvent a line (NDJSON), or CSV with a mapping. Read again for each
/// pass.
struct PublicationFile {
    enum Form: Sendable {
        case lines
        case csv(CSVMapping)
    }

    let path: String
    private let content: Data
    private let form: Form
    /// FNV-1a of the content: another content is another publication.
    let fingerprint: String

    init(path: String, csvPairs: [String]?, contract: StreamContract, source: String?) throws {
        self.path = path
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw CommandFailure("\(path) cannot be read")
        }
        fingerprint = PublicationFile.fingerprint(content)
        let name = URL(fileURLWithPath: path).lastPathComponent
        guard let csvPairs else {
            form = .lines
            return
        }
        let mark = fingerprint
        form = try content.withUnsafeBytes { bytes in
            var reader = CSVReader(bytes)
            guard let header = try reader.next() else { throw CommandFailure("\(path) is empty") }
            return .csv(
                try CSVMapping(
                    header: header.cells, pairs: csvPairs, contract: contract,
                    source: source ?? "/files/\(name)", fileMark: mark))
        }
    }

    /// Calls the body for each record with its number from 0, its line from 1 and its value, until
    /// it returns false.
    func forEach(_ body: (Int, Int, UnsafeRawBufferPointer) throws -> Bool) throws {
        try content.withUnsafeBytes { bytes in
            switch form {
            case .lines: try forEachLine(bytes, body)
            case .csv(let mapping): try forEachRow(bytes, mapping, body)
            }
        }
    }

    private func forEachLine(
        _ bytes: UnsafeRawBufferPointer, _ body: (Int, Int, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        var (index, line, at) = (0, 1, 0)
        while at < bytes.count {
            let end = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var stop = end
            if stop > at, bytes[stop - 1] == UInt8(ascii: "\r") { stop -= 1 }
            if stop > at {
                guard try body(index, line, UnsafeRawBufferPointer(rebasing: bytes[at..<stop]))
                else { return }
                index += 1
            }
            at = end + 1
            line += 1
        }
    }

    private func forEachRow(
        _ bytes: UnsafeRawBufferPointer, _ mapping: CSVMapping,
        _ body: (Int, Int, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        var reader = CSVReader(bytes)
        _ = try reader.next()
        var index = 0
        while let row = try reader.next() {
            guard row.cells.count == mapping.members.count else {
                throw CSVReader.Failure(
                    line: row.line,
                    message:
                        "\(row.cells.count) cells where the header has \(mapping.members.count)")
            }
            let value = Array(mapping.event(row, index: index).utf8)
            guard try value.withUnsafeBytes({ try body(index, row.line, $0) }) else { return }
            index += 1
        }
    }

    private static func fingerprint(_ content: Data) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        content.withUnsafeBytes { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
