import Foundation
import Shared

/// What a chart is drawn and its table is made from: columns of equal length, and what only the drawing needs.
struct ChartData<Drawing: Encodable>: Encodable {
    let language: String
    let columns: [ChartColumn]
    let drawing: Drawing?

    init(_ columns: [ChartColumn], _ drawing: Drawing?, _ localisation: Localisation) {
        language = localisation.language.rawValue
        self.columns = columns
        self.drawing = drawing
    }

    /// JSON that is inert inside HTML: no `<`, `>`, `&`.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(self)) ?? Data("{}".utf8)
        var inert: [UInt8] = []
        inert.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "<"): inert.append(contentsOf: #"\u003c"#.utf8)
            case UInt8(ascii: ">"): inert.append(contentsOf: #"\u003e"#.utf8)
            case UInt8(ascii: "&"): inert.append(contentsOf: #"\u0026"#.utf8)
            default: inert.append(byte)
            }
        }
        return String(decoding: inert, as: UTF8.self)
    }
}

/// What the drawing of a chart needs beside its columns, where that is nothing.
struct NoDrawing: Encodable {}

/// A column of a chart's table: the values behind it, and how they are read.
struct ChartColumn: Encodable {
    enum Form: String, Encodable {
        case text
        case count
        /// 0…1, read as a percentage.
        case ratio
        case seconds
        case hours
        case kilograms
    }

    enum Values: Encodable {
        case texts([String?])
        case numbers([Double?])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .texts(let texts): try container.encode(texts)
            case .numbers(let numbers): try container.encode(numbers)
            }
        }
    }

    let name: String
    let form: Form
    let values: Values
    /// What is read in place of the values, where the browser cannot write it by their form.
    let texts: [String]?
    /// Where each row leads to, if anywhere.
    let links: [String?]?
    /// Of what is drawn from it; nil lets the palette choose.
    let color: String?

    static func texts(
        _ name: String, _ values: [String?], shown texts: [String]? = nil, links: [String?]? = nil
    ) -> ChartColumn {
        ChartColumn(name: name, form: .text, values: .texts(values), texts: texts, links: links, color: nil)
    }

    static func numbers(
        _ name: String, _ form: Form, _ values: [Double?], shown texts: [String]? = nil, color: String? = nil
    ) -> ChartColumn {
        ChartColumn(
            name: name, form: form, values: .numbers(values), texts: texts, links: nil,
            color: ProductColor.safe(color))
    }
}

/// Colours that people chose for products.
enum ProductColor {
    /// Only `#rrggbb`; anything else lets the palette choose.
    static func safe(_ text: String?) -> String? {
        guard let text, text.utf8.count == 7, text.hasPrefix("#"), text.dropFirst().allSatisfy(\.isHexDigit) else {
            return nil
        }
        return text
    }
}
