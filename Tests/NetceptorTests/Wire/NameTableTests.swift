import Netceptor
import Testing

@Suite struct `The table of names` {
    @Test func `knows what it holds and what it heard`() {
        var table = NameTable()
        table.hold("foo")
        table.hear("bar")
        #expect(table[NodeHash(of: "foo")] == "foo" && table[NodeHash(of: "bar")] == "bar")
        #expect(table[NodeHash(of: "baz")] == nil)
        table.release("foo")
        #expect(table[NodeHash(of: "foo")] == nil)
    }

    @Test func `forgets the oldest names that it only heard, and none that it holds`() throws {
        var table = NameTable(capacity: 100)
        table.hold("foo")
        for number in 0..<1_000 { table.hear(try NodeID("made-up-\(number)")) }
        #expect(table.count == 101)
        #expect(table[NodeHash(of: "foo")] == "foo" && table[NodeHash(of: "made-up-999")] != nil)
        #expect(table[NodeHash(of: "made-up-899")] == nil && table[NodeHash(of: "made-up-900")] != nil)
    }
}
