/// Why bytes are not the JSON that is accepted here: RFC 8259 in UTF-8, no key twice in an object, no NUL, at most 32 deep.
package struct JSONError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        case unexpectedByte
        case unexpectedEnd
        case invalidUTF8
        case invalidEscape
        /// Half of a surrogate pair, which no text can hold.
        case loneSurrogate
        /// U+0000, raw or escaped: PostgreSQL cannot store it.
        case nul
        case invalidNumber
        /// Right in form, but larger than any finite number.
        case numberOutOfRange
        case duplicateKey(String)
        case tooDeep
        case trailingBytes
    }

    package var reason: Reason
    /// Offset of the first byte that is wrong, or of the number, escape or key that is.
    package var offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension Fault {
    /// What whoever sent the bytes is told.
    package init(_ error: JSONError) {
        guard case .duplicateKey(let key) = error.reason else {
            self.init(code: .invalidJSON)
            return
        }
        self.init(code: .invalidJSON, parameters: [ParameterFault(parameter: key, code: .duplicateField)])
    }
}
