/// Comma-separated values as RFC 4180 writes them: CRLF ends each record, a field with a comma, a
/// quote or a line break is quoted.
enum CSVText {
    /// Without the CRLF. Nil is an empty field.
    static func record(_ fields: [String?]) -> String {
        fields.map { field in
            guard let field else { return "" }
            let needsQuotes = field.unicodeScalars.contains { scalar in
                scalar == "," || scalar == "\"" || scalar == "\r" || scalar == "\n"
            }
            return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",")
    }
}
