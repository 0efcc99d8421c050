extension Int64 {
    /// The number that a text in an address stands for. Each has one text, so that two addresses are never the same:
    /// neither leading zeros nor a plus sign nor anything around the digits; nil for what is no such text.
    package init?(plain text: some StringProtocol) {
        guard let number = Int64(text), text.utf8.elementsEqual(String(number).utf8) else { return nil }
        self = number
    }
}
