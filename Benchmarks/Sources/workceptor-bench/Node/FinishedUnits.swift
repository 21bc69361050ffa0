internal import Glibc

/// Units as earlier runs of a daemon leave them.
enum FinishedUnits {
    /// Makes units that have succeeded.
    static func make(_ count: Int, in folder: String) throws {
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            if mkdir(path, 0o700) != 0 && errno != EEXIST { throw Failure.system("create \(path)") }
        }
        for number in 0..<count {
            let digits = String(number)
            let unit = "\(folder)/U\(String(repeating: "0", count: 7 - digits.utf8.count))\(digits)"
            guard mkdir(unit, 0o700) == 0 else { throw Failure.system("create \(unit)") }
            try TextFile.write("", to: "\(unit)/stdin")
            try TextFile.write("hi\n", to: "\(unit)/stdout")
            try TextFile.write("", to: "\(unit)/status.lock")
            let status = #"{"State":2,"Detail":"exit status 0","StdoutSize":3,"WorkType":"echo","ExtraData":null}"#
            try TextFile.write(status + "\n", to: "\(unit)/status")
        }
    }
}
