/// Faults on command. (interface; see INTERFACES)
package final class FaultHooks: Sendable {
    package init() {}
}
