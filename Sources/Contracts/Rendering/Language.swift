/// The two languages of plans, and so of what readers see.
package enum Language: String, Sendable, CaseIterable {
    case zh, en

    /// The language of a locale's name such as `zh_CN.UTF-8`: Chinese where it begins so, else
    /// English.
    package init(locale: String) {
        self = locale.lowercased().hasPrefix("zh") ? .zh : .en
    }

    package func pick(zh: String, en: String) -> String { self == .zh ? zh : en }
}
