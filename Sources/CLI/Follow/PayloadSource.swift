import ControlClient
import Glibc

/// Where the payload of a unit comes from.
struct PayloadSource: ~Copyable {
    let payload: Payload
    /// How many bytes there are, `nil` when that is not known.
    let size: Int64?
    private let ownedDescriptor: CInt?

    private init(payload: Payload, size: Int64?, ownedDescriptor: CInt? = nil) {
        self.payload = payload
        self.size = size
        self.ownedDescriptor = ownedDescriptor
    }

    deinit {
        if let ownedDescriptor { close(ownedDescriptor) }
    }

    /// These bytes.
    static func bytes(_ bytes: [UInt8]) -> PayloadSource {
        PayloadSource(payload: .bytes(bytes), size: Int64(bytes.count))
    }

    /// A file, or standard input for `-`.
    static func file(_ path: String) throws -> PayloadSource {
        guard path != "-" else {
            return PayloadSource(payload: .descriptor(STDIN_FILENO), size: try remainingSize(STDIN_FILENO, path))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        do {
            let size = try remainingSize(descriptor, path)
            return PayloadSource(payload: .descriptor(descriptor), size: size, ownedDescriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func remainingSize(_ descriptor: CInt, _ path: String) throws -> Int64? {
        var entry = stat()
        guard fstat(descriptor, &entry) == 0 else { throw failure(path, String(cString: strerror(errno))) }
        switch entry.st_mode & S_IFMT {
        case S_IFDIR: throw failure(path, "it is a directory")
        case S_IFREG: return max(0, Int64(entry.st_size) - Int64(max(0, lseek(descriptor, 0, SEEK_CUR))))
        default: return nil
        }
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure("Failed to load payload file: \(path): \(reason)")
    }
}
