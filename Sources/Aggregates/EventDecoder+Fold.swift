package import Events

extension FieldView: FoldableField {}

extension EventDecoder: FoldableEvent {}

extension Fold {
    /// Adds the event that the decoder holds after `.event`.
    package func add(_ event: EventDecoder, lane: Int, offset: Int64) -> Outcome {
        addEvent(event, lane: lane, offset: offset)
    }
}
