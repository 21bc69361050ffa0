/// The names of the blocks of a PEM text (RFC 7468), read to tell the operator what a file holds instead of a key.
struct PEMLabels {
    /// The labels in order, `RSA PRIVATE KEY` for `-----BEGIN RSA PRIVATE KEY-----`.
    let labels: [String]
    /// Whether a block says that it is encrypted, in either of the two ways there are.
    let isEncrypted: Bool

    init(_ text: [UInt8]) {
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let begin = Array("-----BEGIN ".utf8)
        let end = Array("-----".utf8)
        labels = lines.compactMap { line in
            var line = line
            while let last = line.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { line.removeLast() }
            guard line.starts(with: begin), line.suffix(end.count).elementsEqual(end) else { return nil }
            let label = line.dropFirst(begin.count).dropLast(end.count)
            return label.allSatisfy(Self.isLabelByte) ? String(decoding: label, as: UTF8.self) : nil
        }
        let header = Array("Proc-Type: 4,ENCRYPTED".utf8)
        isEncrypted = labels.contains("ENCRYPTED PRIVATE KEY") || lines.contains { $0.starts(with: header) }
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "): true
        default: false
        }
    }
}
