import CQRCode

/// A text as a QR code (ISO/IEC 18004) of level M, drawn as the path of one SVG.
struct QRCode {
    /// The standard's quiet zone around the code, in modules.
    private static let margin = 4

    /// Modules along a side, the quiet zone included: the view box is a square of it.
    let size: Int
    /// Every run of dark modules of a row as a rectangle.
    let path: String

    /// Takes less than a millisecond for what the pages have to say.
    ///
    /// - Returns: nil for a text too long for any code, about 2 000 bytes.
    init?(_ text: String) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        guard let modules = code.pointee.data else { return nil }
        let width = Int(code.pointee.width)
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                while column < width, modules[row * width + column] & 1 == 1 { column += 1 }
                if column > start {
                    let length = column - start
                    path += "M\(start + Self.margin) \(row + Self.margin)h\(length)v1h-\(length)z"
                } else {
                    column += 1
                }
            }
        }
        self.path = path
        size = width + 2 * Self.margin
    }
}
