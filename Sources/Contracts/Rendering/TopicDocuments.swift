/// The documents under `Topics/` that are made from its other files.
package enum TopicDocuments {
    /// Paths within the folder with what each should hold.
    package static func all(_ catalogue: Catalogue) -> [(path: String, text: String)] {
        var documents: [(path: String, text: String)] = []
        func schema(_ type: String, _ document: JSONValue) {
            documents.append(("schemas/\(type).schema.json", document.pretty() + "\n"))
        }
        for stream in catalogue.streams { schema(stream.eventType, EventSchemas.data(of: stream)) }
        for type in [StatusSchema.changedType, StatusSchema.stateType] {
            schema(type, StatusSchema.document(type))
        }
        let note =
            "# Made from the files beside it, and checked against them by a test: edit those.\n"
        documents.append(
            ("asyncapi.yaml", note + AsyncAPI(catalogue: catalogue).document.yaml() + "\n"))
        return documents
    }

    /// `asyncapi.yaml` as JSON, for tools that read only that.
    package static func asyncAPI(_ catalogue: Catalogue) -> JSONValue {
        AsyncAPI(catalogue: catalogue).document
    }
}
