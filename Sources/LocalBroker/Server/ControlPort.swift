/// Fault hooks for other processes: lines of text over a loopback port.
extension EventLoop {
    /// Takes one line of a control connection; false where there is none.
    func controlLine(_ connection: Connection) -> Bool { false }

    func flipByte(topic: String, partition: Int32, offset: Int64) -> String? { "not there" }
}
