/// Random names as Receptor makes them.
enum RandomText {
    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    static func alphanumeric(count: Int, using generator: inout some RandomNumberGenerator) -> String {
        let bytes = (0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
