import Foundation

/// What a process holds.
struct Resources: CustomStringConvertible, Sendable {
    var residentBytes = 0
    var threads = 0
    var descriptors = 0

    init(of pid: Int32) {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, let number = Int(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:": residentBytes = number << 10
            case "Threads:": threads = number
            default: break
            }
        }
        descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
    }

    var description: String {
        "\(residentBytes >> 10) KiB, \(threads) threads, \(descriptors) descriptors"
    }
}
