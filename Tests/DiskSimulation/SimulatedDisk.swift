internal import CLinux
internal import Glibc
public import LinuxSystem
internal import Synchronization
internal import TaskSupport

/// A disk that keeps of what was not synchronized whatever it likes, as POSIX allows.
///
/// Contents are files in memory, so descriptors are real ones. Of a file that was written since it was synchronized, a
/// power cut may leave the old content, the new one, a part of it, or zeros in its place; of the entries of a directory,
/// any of the changes since that one was. A rename is one change.
public final class SimulatedDisk: FileSystemCalls {
    /// What a power cut leaves of one file or one change of a directory, as a number less than ``Choice/count``.
    public struct Choice: Sendable {
        /// How many possibilities there are.
        public let count: Int
    }

    /// Everything that was on the disk, and on its way there, at one moment.
    public struct Image: Sendable {
        fileprivate var nodes: [UInt64: Snapshot]
        fileprivate var root: UInt64

        /// What has to be chosen.
        public var choices: [Choice] {
            order.flatMap { id -> [Choice] in
                switch nodes[id] {
                case .file(let durable, let current): durable == current ? [] : [Choice(count: 4)]
                case .directory(_, let changes): changes.map { _ in Choice(count: 2) }
                case nil: []
                }
            }
        }

        fileprivate var order: [UInt64] { nodes.keys.sorted() }
    }

    fileprivate enum Snapshot: Sendable {
        case file(durable: [UInt8], current: [UInt8])
        case directory(durable: [String: UInt64], changes: [[Update]])
    }

    fileprivate struct Update: Sendable {
        var name: String
        var node: UInt64?
    }

    private struct Node {
        /// The content in memory of a file; keeps the number of a directory taken.
        let memory: Descriptor
        let isDirectory: Bool
        var durable: [UInt8] = []
        var entries: [String: UInt64] = [:]
        var durableEntries: [String: UInt64] = [:]
        var changes: [[Update]] = []
    }

    private struct State {
        var nodes: [UInt64: Node] = [:]
        var root: UInt64 = 0
        var step = 0
        var crashAt: Int?
        var fault: (step: Int, code: Int32)?
        var crashed: Image?
    }

    private let state = Mutex(State())
    private let crashes = ChangeSignal()

    /// An empty disk.
    public init() { reset() }

    /// Begins anew with an empty disk.
    public func reset() {
        state.withLock { state in
            state = State()
            state.root = Self.add(Self.newNode(isDirectory: true), to: &state)
        }
    }

    // MARK: Crashes and faults

    /// How many calls there were.
    public var steps: Int { state.withLock { $0.step } }

    /// Cuts the power at the call of that number: it and all that follow fail.
    public func crash(at step: Int) { state.withLock { $0.crashAt = step } }

    /// Makes the call of that number fail, once.
    public func fail(at step: Int, with code: Int32) { state.withLock { $0.fault = (step, code) } }

    /// Lets all calls succeed from now on.
    public func endFaults() { state.withLock { $0.fault = nil } }

    /// What was on the disk when the power was cut; what is there now if it was not.
    public var image: Image { state.withLock { $0.crashed ?? Self.image(of: $0) } }

    /// Whether the power was cut.
    public var hasCrashed: Bool { state.withLock { $0.crashed != nil } }

    /// Waits until the power is cut, or the task is cancelled.
    public func untilCrashed() async { await crashes.changed { hasCrashed } }

    /// Puts one of the disks in place that a power cut may have left.
    ///
    /// - Parameter choices: a number for each of the image's ``Image/choices``.
    public func load(_ image: Image, _ choices: [Int]) {
        state.withLock { state in
            state = State()
            var numbers: [UInt64: UInt64] = [:]
            for id in image.order {
                guard let snapshot = image.nodes[id] else { continue }
                if case .directory = snapshot {
                    numbers[id] = Self.add(Self.newNode(isDirectory: true), to: &state)
                } else {
                    numbers[id] = Self.add(Self.newNode(isDirectory: false), to: &state)
                }
            }
            var rest = choices[...]
            for id in image.order {
                guard let snapshot = image.nodes[id], let number = numbers[id] else { continue }
                switch snapshot {
                case .file(let durable, let current):
                    let content = durable == current ? durable : Self.outcome(durable, current, rest.removeFirst())
                    Self.fill(&state.nodes[number]!, with: content)
                case .directory(let durable, let changes):
                    var entries = durable
                    for change in changes where rest.removeFirst() == 1 {
                        for update in change { entries[update.name] = update.node }
                    }
                    let renumbered = entries.compactMapValues { numbers[$0] }
                    state.nodes[number]!.entries = renumbered
                    state.nodes[number]!.durableEntries = renumbered
                }
            }
            state.root = numbers[image.root] ?? 0
        }
    }

    private static func outcome(_ durable: [UInt8], _ current: [UInt8], _ choice: Int) -> [UInt8] {
        switch choice {
        case 0: durable
        case 1: current
        case 2: Array(current.prefix(current.count / 2))
        default: Array(repeating: 0, count: current.count)
        }
    }

    private static func image(of state: State) -> Image {
        Image(
            nodes: state.nodes.mapValues { node in
                node.isDirectory
                    ? .directory(durable: node.durableEntries, changes: node.changes)
                    : .file(durable: node.durable, current: content(of: node))
            },
            root: state.root
        )
    }

    // MARK: Nodes

    private static func newNode(isDirectory: Bool) -> Node {
        Node(memory: Descriptor(owning: cl_memfd_create("disk")), isDirectory: isDirectory)
    }

    private static func add(_ node: Node, to state: inout State) -> UInt64 {
        let number = number(of: node.memory)
        state.nodes[number] = node
        return number
    }

    /// The number by which the kernel knows a file in memory: the same through all descriptors.
    private static func number(of file: Descriptor) -> UInt64 {
        var info = stat()
        return fstat(file.number, &info) == 0 ? UInt64(info.st_ino) : 0
    }

    private static func content(of node: Node) -> [UInt8] {
        guard let size = try? node.memory.size, size > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = max(0, pread(node.memory.number, buffer.baseAddress, buffer.count, 0))
        }
    }

    private static func fill(_ node: inout Node, with content: [UInt8]) {
        _ = content.withUnsafeBytes { pwrite(node.memory.number, $0.baseAddress, $0.count, 0) }
        node.durable = content
    }

    // MARK: Calls

    /// Takes one step, then does something with the disk.
    private func step<Value>(
        _ operation: String,
        _ name: String? = nil,
        _ body: (inout State) -> Result<Value, SystemError>
    ) throws(SystemError) -> Value {
        nonisolated(unsafe) var result: Result<Value, SystemError> = .failure(SystemError(operation, code: EIO))
        state.withLock { state in
            state.step += 1
            if state.step == state.crashAt {
                state.crashed = Self.image(of: state)
                crashes.notify()
            }
            guard state.crashed == nil else { return }
            if let fault = state.fault, fault.step == state.step {
                result = .failure(SystemError(operation, path: name, code: fault.code))
                return
            }
            result = body(&state)
        }
        return try result.get()
    }

    private static func failure<Value>(_ operation: String, _ name: String, _ code: Int32) -> Result<Value, SystemError>
    {
        .failure(SystemError(operation, path: name, code: code))
    }

    /// The directory and the last component of a name; `nil` when a directory on the way is missing.
    private static func locate(
        _ name: String,
        in directory: Descriptor,
        _ state: State
    ) -> (directory: UInt64, last: String)? {
        var directory = number(of: directory)
        var parts = name.split(separator: "/").map(String.init)
        guard state.nodes[directory] != nil, let last = parts.popLast() else { return nil }
        for part in parts {
            guard let next = state.nodes[directory]?.entries[part], state.nodes[next]?.isDirectory == true else {
                return nil
            }
            directory = next
        }
        return (directory, last)
    }

    private static func update(_ directory: UInt64, _ updates: [Update], _ state: inout State) {
        for update in updates { state.nodes[directory]?.entries[update.name] = update.node }
        state.nodes[directory]?.changes.append(updates)
    }

    /// Opens a file or directory on the simulated disk; one step.
    ///
    /// - Throws: `SystemError`: that of the fault, or what the kernel would say.
    public func open(_ name: String, in directory: Descriptor?, flags: Int32) throws(SystemError) -> Descriptor {
        try step("open", name) { state in
            guard let directory else { return Self.reopen(state.nodes[state.root], flags) }
            guard let place = Self.locate(name, in: directory, state) else { return Self.failure("open", name, ENOENT) }
            if let number = state.nodes[place.directory]?.entries[place.last] {
                if flags & O_CREAT != 0, flags & O_EXCL != 0 { return Self.failure("open", name, EEXIST) }
                guard let node = state.nodes[number] else { return Self.failure("open", name, ENOENT) }
                if flags & O_DIRECTORY != 0, !node.isDirectory { return Self.failure("open", name, ENOTDIR) }
                return Self.reopen(node, flags & ~O_CREAT)
            }
            guard flags & O_CREAT != 0 else { return Self.failure("open", name, ENOENT) }
            let node = Self.newNode(isDirectory: false)
            let number = Self.add(node, to: &state)
            Self.update(place.directory, [Update(name: place.last, node: number)], &state)
            return Self.reopen(node, flags & ~(O_CREAT | O_EXCL))
        }
    }

    private static func reopen(_ node: Node?, _ flags: Int32) -> Result<Descriptor, SystemError> {
        guard let node else { return failure("open", "", ENOENT) }
        let flags = node.isDirectory ? O_RDONLY : flags & ~(O_DIRECTORY | O_NOFOLLOW)
        return Result { () throws(SystemError) in
            try Descriptor(opening: "/proc/self/fd/\(node.memory.number)", flags: flags)
        }
    }

    /// Makes a directory; one step, which is on the disk when the directory around it is synchronized.
    public func makeDirectory(_ name: String, in directory: Descriptor) throws(SystemError) {
        try step("create", name) { state -> Result<Void, SystemError> in
            guard let place = Self.locate(name, in: directory, state) else {
                return Self.failure("create", name, ENOENT)
            }
            guard state.nodes[place.directory]?.entries[place.last] == nil else {
                return Self.failure("create", name, EEXIST)
            }
            let number = Self.add(Self.newNode(isDirectory: true), to: &state)
            Self.update(place.directory, [Update(name: place.last, node: number)], &state)
            return .success(())
        }
    }

    /// Gives a file or directory another name; one step and one change, which a power cut leaves whole or not at all.
    public func rename(_ name: String, to newName: String, in directory: Descriptor) throws(SystemError) {
        try step("rename", name) { state -> Result<Void, SystemError> in
            guard let old = Self.locate(name, in: directory, state),
                let new = Self.locate(newName, in: directory, state), old.directory == new.directory,
                let number = state.nodes[old.directory]?.entries[old.last]
            else { return Self.failure("rename", name, ENOENT) }
            if let there = state.nodes[new.directory]?.entries[new.last].flatMap({ state.nodes[$0] }),
                there.isDirectory, !there.entries.isEmpty
            {
                return Self.failure("rename", name, ENOTEMPTY)
            }
            Self.update(
                old.directory,
                [Update(name: old.last, node: nil), Update(name: new.last, node: number)],
                &state
            )
            return .success(())
        }
    }

    /// Has two files take each other's names; one step and one change.
    public func exchange(_ name: String, with otherName: String, in directory: Descriptor) throws(SystemError) {
        try step("exchange", name) { state -> Result<Void, SystemError> in
            guard let one = Self.locate(name, in: directory, state),
                let other = Self.locate(otherName, in: directory, state), one.directory == other.directory,
                let entries = state.nodes[one.directory]?.entries, let first = entries[one.last],
                let second = entries[other.last]
            else { return Self.failure("exchange", name, ENOENT) }
            Self.update(
                one.directory,
                [Update(name: one.last, node: second), Update(name: other.last, node: first)],
                &state
            )
            return .success(())
        }
    }

    /// Removes a file, or an empty directory; one step.
    public func remove(_ name: String, in directory: Descriptor, isDirectory: Bool) throws(SystemError) {
        try step("delete", name) { state -> Result<Void, SystemError> in
            guard let place = Self.locate(name, in: directory, state),
                let number = state.nodes[place.directory]?.entries[place.last], let node = state.nodes[number]
            else { return Self.failure("delete", name, ENOENT) }
            guard node.isDirectory == isDirectory else {
                return Self.failure("delete", name, isDirectory ? ENOTDIR : EISDIR)
            }
            guard node.entries.isEmpty else { return Self.failure("delete", name, ENOTEMPTY) }
            Self.update(place.directory, [Update(name: place.last, node: nil)], &state)
            return .success(())
        }
    }

    /// The names in a directory; one step.
    public func names(in directory: Descriptor) throws(SystemError) -> [String] {
        try step("list") { state in
            guard let node = state.nodes[Self.number(of: directory)] else { return Self.failure("list", "", EIO) }
            return .success(Array(node.entries.keys))
        }
    }

    /// What is known of an open file; one step.
    public func facts(of file: Descriptor) throws(SystemError) -> FileFacts {
        try step("look at a file") { state in
            guard let node = state.nodes[Self.number(of: file)] else { return Self.failure("look at", "", EIO) }
            return .success(Self.facts(of: node))
        }
    }

    /// What is known of a file of that name; one step.
    public func facts(of name: String, in directory: Descriptor) throws(SystemError) -> FileFacts {
        try step("look at", name) { state in
            guard let place = Self.locate(name, in: directory, state),
                let node = state.nodes[place.directory]?.entries[place.last].flatMap({ state.nodes[$0] })
            else { return Self.failure("look at", name, ENOENT) }
            return .success(Self.facts(of: node))
        }
    }

    private static func facts(of node: Node) -> FileFacts {
        FileFacts(
            kind: node.isDirectory ? .directory : .regular,
            owner: geteuid(),
            permissions: 0o700,
            size: (try? node.memory.size) ?? 0
        )
    }

    /// Reads at most so many bytes from the present position; one step.
    public func read(_ file: Descriptor, upTo count: Int) throws(SystemError) -> [UInt8] {
        try step("read") { _ in Result { () throws(SystemError) in try file.read(upTo: count) } }
    }

    /// Writes all of the bytes at the present position; one step. When it is made to fail, half of them are written.
    public func write(_ bytes: UnsafeRawBufferPointer, to file: Descriptor) throws(SystemError) {
        do throws(SystemError) {
            try step("write") { _ in Result { () throws(SystemError) in try file.write(bytes) } }
        } catch {
            // A full or broken disk takes a part.
            if !hasCrashed { try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])) }
            throw error
        }
    }

    /// Does nothing: what is on its way to the disk is as uncertain as before.
    public func startWriting(_ file: Descriptor) {}

    /// Makes a file's content or a directory's entries safe from power cuts; one step.
    public func synchronize(_ file: Descriptor) throws(SystemError) {
        try step("bring a file to the disk") { state -> Result<Void, SystemError> in
            Self.synchronize(Self.number(of: file), &state)
            return .success(())
        }
    }

    /// Makes everything on the disk safe from power cuts; one step.
    public func synchronizeFileSystem(of file: Descriptor) throws(SystemError) {
        try step("bring files to the disk") { state -> Result<Void, SystemError> in
            for number in state.nodes.keys { Self.synchronize(number, &state) }
            return .success(())
        }
    }

    private static func synchronize(_ number: UInt64, _ state: inout State) {
        guard let node = state.nodes[number] else { return }
        if node.isDirectory {
            state.nodes[number]?.durableEntries = node.entries
            state.nodes[number]?.changes = []
        } else {
            state.nodes[number]?.durable = content(of: node)
        }
    }
}
