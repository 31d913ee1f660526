/// Something that runs on a thread of its own until it is told to stop.
package protocol Service: AnyObject, Sendable {
    /// Blocks until stopped, or throws why it could not go on.
    func run() throws
    /// Asks it to end. From any thread, before `run` too, and more than once; returns at once.
    func stop()
}
