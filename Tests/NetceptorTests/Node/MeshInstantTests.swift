import Netceptor
import Testing

@Suite struct `A moment on the mesh's clock` {
    private let last = MeshInstant(offset: Duration(attoseconds: .max))
    private let first = MeshInstant(offset: Duration(attoseconds: .min))

    @Test func `never lies beyond the last one`() {
        #expect(last.advanced(by: .seconds(1)) == last && first.advanced(by: .seconds(-1)) == first)
        #expect(first.duration(to: last) == Duration(attoseconds: .max))
        #expect(last.duration(to: first) == Duration(attoseconds: .min))
        #expect(MeshInstant().advanced(by: .seconds(1)).duration(to: MeshInstant()) == .seconds(-1))
    }
}
