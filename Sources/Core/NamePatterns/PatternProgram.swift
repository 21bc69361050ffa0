/// A regular expression as a program for a machine that is in many places at once (Thompson's construction): each step
/// takes one character, and a place is entered once a step, so time is bounded whatever the name.
struct PatternProgram: Sendable {
    private enum Instruction: Sendable {
        case take(CharacterSet)
        case check(PatternAssertion)
        case jump(Int)
        case split(Int, Int)
        case accept
    }

    private var instructions: [Instruction] = []
    private static let maximumSize = 2_048

    init(_ node: PatternNode) throws(NamePatternError) {
        try compile(node)
        try emit(.accept)
    }

    // MARK: Compiling

    private mutating func emit(_ instruction: Instruction) throws(NamePatternError) {
        guard instructions.count < Self.maximumSize else { throw .tooLarge }
        instructions.append(instruction)
    }

    private mutating func compile(_ node: PatternNode) throws(NamePatternError) {
        switch node {
        case .scalar(let set): try emit(.take(set))
        case .assertion(let assertion): try emit(.check(assertion))
        case .sequence(let parts): for part in parts { try compile(part) }
        case .alternatives(let branches): try compile(alternatives: branches)
        case .repetition(let part, let minimum, let maximum):
            for _ in 0..<minimum { try compileCopy(part) }
            if let maximum {
                try compile(optional: part, times: maximum - minimum)
            } else {
                try compile(loop: part)
            }
        }
    }

    /// Compiles one of many copies: even a part without instructions must not be copied without end.
    private mutating func compileCopy(_ part: PatternNode) throws(NamePatternError) {
        let start = instructions.count
        try compile(part)
        if instructions.count == start { try emit(.jump(start + 1)) }
    }

    private mutating func compile(alternatives branches: [PatternNode]) throws(NamePatternError) {
        var exits: [Int] = []
        for (number, branch) in branches.enumerated() {
            let isLast = number == branches.count - 1
            let split = instructions.count
            if !isLast { try emit(.accept) }
            try compile(branch)
            guard !isLast else { continue }
            exits.append(instructions.count)
            try emit(.accept)
            instructions[split] = .split(split + 1, instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    private mutating func compile(optional part: PatternNode, times: Int) throws(NamePatternError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(instructions.count)
            try emit(.accept)
            try compile(part)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }

    private mutating func compile(loop part: PatternNode) throws(NamePatternError) {
        let split = instructions.count
        try emit(.accept)
        try compile(part)
        try emit(.jump(split))
        instructions[split] = .split(split + 1, instructions.count)
    }

    // MARK: Running

    func matches(_ name: [Unicode.Scalar]) -> Bool {
        var places = PlaceSet(count: instructions.count)
        var next = PlaceSet(count: instructions.count)
        enter(0, at: 0, of: name, in: &places)
        for (position, scalar) in name.enumerated() {
            guard !places.isEmpty else { return false }
            next.removeAll()
            for place in places.members {
                guard case .take(let set) = instructions[place], set.contains(scalar) else { continue }
                enter(place + 1, at: position + 1, of: name, in: &next)
            }
            swap(&places, &next)
        }
        return places.contains(instructions.count - 1)
    }

    /// Enters a place and all that can be reached from it without taking a character.
    private func enter(_ start: Int, at position: Int, of name: [Unicode.Scalar], in places: inout PlaceSet) {
        var pending = [start]
        while let place = pending.popLast() {
            guard places.insert(place) else { continue }
            switch instructions[place] {
            case .take, .accept: continue
            case .check(let assertion):
                if assertion.holds(in: name, at: position) { pending.append(place + 1) }
            case .jump(let target): pending.append(target)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            }
        }
    }

    /// A set of places that is emptied without touching each.
    private struct PlaceSet {
        private(set) var members: [Int] = []
        private var generation = 1
        private var marks: [Int]

        init(count: Int) { marks = Array(repeating: 0, count: count) }

        var isEmpty: Bool { members.isEmpty }

        func contains(_ place: Int) -> Bool { marks[place] == generation }

        mutating func insert(_ place: Int) -> Bool {
            guard marks[place] != generation else { return false }
            marks[place] = generation
            members.append(place)
            return true
        }

        mutating func removeAll() {
            members.removeAll(keepingCapacity: true)
            generation += 1
        }
    }
}
